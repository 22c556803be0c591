/**
 * Reads cases in a process of its own. Takes a line of JSON for each on standard input and answers with what the input is
 * when it is made, a line when the reader ends and one with the judgement.
 */
import { TextLineStream } from "@std/streams";
import { type Kind, makeCase } from "./cases.ts";
import { judge, type Judgement, type Outcome, type Unharmed, unharmedBy } from "./judge.ts";
import type { Reader } from "./reader.ts";

export interface Request {
  readonly reader: string;
  readonly seed: number;
  readonly number: number;
}

export interface Made {
  readonly kind: Kind;
  /** What is wrong with the input. */
  readonly how: string;
}

export interface Answer extends Judgement {
  readonly how: string;
  readonly milliseconds: number;
  /** Of the whole process while the reader ran, bytes. */
  readonly peak: number;
}

/** Shared with the thread that watches: the peak, and whether a reader runs. */
const memory = new Float64Array(new SharedArrayBuffer(16));
const unharmed = new Map<string, Unharmed>();

async function watchMemory(): Promise<void> {
  const watch = new Worker(new URL("./memory_watch.ts", import.meta.url), { type: "module" });
  watch.postMessage(memory.buffer);
  while (memory[0] === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** What the reader gives for a sample, read once. @throws whatever the reader throws: a sample must be whole */
async function unharmedValue(reader: Reader, sample: string): Promise<Unharmed> {
  const key = `${reader.name}/${sample}`;
  const known = unharmed.get(key);
  if (known !== undefined) return known;
  const value = await reader.read(await reader.samples[sample](), reader.file);
  const hashes = unharmedBy(reader, value);
  unharmed.set(key, hashes);
  return hashes;
}

async function outcomeOf(reader: Reader, bytes: Uint8Array): Promise<Outcome> {
  try {
    return { value: await reader.read(bytes, reader.file) };
  } catch (error) {
    return { error };
  }
}

async function answer(reader: Reader, { seed, number }: Request): Promise<Answer> {
  const input = await makeCase(reader, seed, number);
  const before = input.sample === undefined ? undefined : await unharmedValue(reader, input.sample);
  const how = input.sample === undefined ? input.how : `${input.sample}: ${input.how}`;
  const made: Made = { kind: input.kind, how };
  console.log(JSON.stringify(made));
  memory.set([0, 1]);
  const start = performance.now();
  const outcome = await outcomeOf(reader, input.bytes);
  const milliseconds = performance.now() - start;
  // A rejection that nobody handles ends the process a turn later: still within this case.
  await new Promise((resolve) => setTimeout(resolve, 0));
  const peak = Math.max(memory[0], Deno.memoryUsage().rss);
  memory[1] = 0;
  console.log("read");
  return { ...judge(reader, input, outcome, before), how, milliseconds, peak };
}

/** Answers all requests that come on standard input, and ends with them. */
export async function serve(readers: readonly Reader[]): Promise<never> {
  await watchMemory();
  console.log("ready");
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const request: Request = JSON.parse(line);
    const reader = readers.find(({ name }) => name === request.reader)!;
    console.log(JSON.stringify(await answer(reader, request)));
  }
  Deno.exit(0);
}
