/**
 * Reads cases in a process of its own, with no permission but to read the repository. Takes a line of JSON for each case
 * on standard input and answers with a line when the input is made, one when the reader ends and one with the judgement.
 */
import { TextLineStream } from "@std/streams";
import { makeCase } from "./cases.ts";
import { fingerprint } from "./fingerprint.ts";
import { judge, type Judgement, type Outcome } from "./judge.ts";
import type { Reader } from "./reader.ts";
import { READERS } from "./readers.ts";

export interface Request {
  readonly reader: string;
  readonly seed: number;
  readonly number: number;
}

export interface Answer extends Judgement {
  readonly how: string;
  readonly milliseconds: number;
  /** Of the whole process while the reader ran, bytes. */
  readonly peak: number;
}

const peak = new Float64Array(new SharedArrayBuffer(8));
const unharmed = new Map<string, string>();

async function watchMemory(): Promise<void> {
  const watch = new Worker(new URL("./memory_watch.ts", import.meta.url), { type: "module" });
  watch.postMessage(peak.buffer);
  while (peak[0] === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What the reader gives for a sample, read once. @throws whatever the reader throws: a sample must be whole */
async function unharmedValue(reader: Reader, sample: string): Promise<string> {
  const key = `${reader.name}/${sample}`;
  const known = unharmed.get(key);
  if (known !== undefined) return known;
  const value = await reader.read(await reader.samples[sample](), reader.file);
  const hash = fingerprint(value);
  unharmed.set(key, hash);
  return hash;
}

async function outcomeOf(reader: Reader, bytes: Uint8Array): Promise<Outcome> {
  try {
    return { value: await reader.read(bytes, reader.file) };
  } catch (error) {
    return { error };
  }
}

async function answer({ reader: name, seed, number }: Request): Promise<Answer> {
  const reader = READERS.find((reader) => reader.name === name)!;
  const input = await makeCase(reader, seed, number);
  const before = input.sample === undefined ? undefined : await unharmedValue(reader, input.sample);
  peak[0] = 0;
  console.log("made");
  const start = performance.now();
  const outcome = await outcomeOf(reader, input.bytes);
  const milliseconds = performance.now() - start;
  const highest = Math.max(peak[0], Deno.memoryUsage().rss);
  console.log("read");
  const how = input.sample === undefined ? input.how : `${input.sample}: ${input.how}`;
  return { ...judge(reader, input, outcome, before), how, milliseconds, peak: highest };
}

await watchMemory();
console.log("ready");
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream());
for await (const line of lines) console.log(JSON.stringify(await answer(JSON.parse(line))));
Deno.exit(0);
