/**
 * A process that reads cases, and the watch over it: one that is silent for too long is killed, one that has grown is
 * replaced, and the next case gets a new one.
 */
import { TextLineStream } from "@std/streams";
import type { Answer, Request } from "./worker.ts";

export const MEBIBYTE = 1024 * 1024;
/** Of a reader, milliseconds. */
export const TIME_LIMIT = 2000;
/** Of the whole process while a reader runs. */
export const MEMORY_LIMIT = 1024 * MEBIBYTE;
/** To start, to make an input or to judge what came of it, milliseconds: that is our part, not the reader's. */
const OWN_LIMIT = 30_000;
/** A process that a case left with so much is replaced, so that the next one is not charged for it. */
const RETIRED_ABOVE = 400 * MEBIBYTE;

const ARGUMENTS = [
  "run",
  "--quiet",
  "--no-prompt",
  "--frozen",
  "--ignore-env",
  "--allow-read=.",
  `--v8-flags=--max-old-space-size=${MEMORY_LIMIT / MEBIBYTE}`,
  "tools/fuzz/worker.ts",
];

/** What became of waiting for a line. */
type Line = { readonly text: string } | "silent" | "ended";

export class Watchdog {
  #process?: Deno.ChildProcess;
  #lines?: ReadableStreamDefaultReader<string>;
  #input?: WritableStreamDefaultWriter<Uint8Array>;
  /** Cases read in the process. */
  #count = 0;

  /**
   * Reads one case. What is over a limit is read again in a process of its own: others may have slowed it down or left
   * their memory to it.
   */
  async read(request: Request): Promise<Answer> {
    const first = await this.#once(request);
    if (this.#count === 1 || !["hang", "large"].includes(first.verdict)) return first;
    this.stop();
    return await this.#once(request);
  }

  stop(): void {
    try {
      this.#process?.kill("SIGKILL");
    } catch {
      // It ended by itself.
    }
    this.#process = undefined;
  }

  async #once(request: Request): Promise<Answer> {
    const process = this.#process ?? await this.#start();
    this.#count++;
    await this.#input!.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    await this.#own("made", request);
    const line = await this.#next(TIME_LIMIT);
    if (typeof line === "string") {
      this.stop();
      return unanswered(line === "silent" ? undefined : await process.status);
    }
    const answer: Answer = JSON.parse(await this.#own("judged", request));
    if (answer.peak > RETIRED_ABOVE) this.stop();
    if (answer.peak <= MEMORY_LIMIT) return answer;
    const message = `it takes ${Math.round(answer.peak / MEBIBYTE)} MiB`;
    return { ...answer, verdict: "large", message };
  }

  async #start(): Promise<Deno.ChildProcess> {
    const process = new Deno.Command("deno", {
      args: ARGUMENTS,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#process = process;
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
    this.#input = process.stdin.getWriter();
    this.#count = 0;
    await this.#own("started");
    return process;
  }

  /** A line that does not depend on the reader. @throws {Error} when there is none */
  async #own(what: string, request?: Request): Promise<string> {
    const line = await this.#next(OWN_LIMIT);
    if (typeof line === "object") return line.text;
    this.stop();
    const of = request ? ` of case ${request.number} of ${request.reader}` : "";
    throw new Error(`Cannot go on: the process${of} is ${line} before it has ${what}.`);
  }

  async #next(limit: number): Promise<Line> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<Line>((resolve) => {
      timer = setTimeout(() => resolve("silent"), limit);
    });
    const line = this.#lines!.read().then(({ done, value }): Line =>
      done ? "ended" : { text: value }
    );
    try {
      return await Promise.race([line, silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** @param status of a process that died; undefined for one that was killed for its silence */
function unanswered(status?: Deno.CommandStatus): Answer {
  const rest = { how: "", milliseconds: TIME_LIMIT, peak: 0 };
  if (!status) return { ...rest, verdict: "hang", message: `no answer within ${TIME_LIMIT} ms` };
  const message = `the process dies (status ${status.code}${
    status.signal ? `, ${status.signal}` : ""
  }), as one does that is out of memory`;
  return { ...rest, verdict: "unclear", message };
}
