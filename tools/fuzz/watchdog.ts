/**
 * A process that reads cases, and the watch over it: one that is silent for too long is killed, one that has grown is
 * replaced, and the next case gets a new one.
 */
import { TextLineStream } from "@std/streams";
import { HEAVY_TIME_LIMIT, MEBIBYTE, MEMORY_LIMIT, TIME_LIMIT } from "./limits.ts";
import { TOO_LARGE } from "./memory_watch.ts";
import type { Answer, Made, Request } from "./serve.ts";

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
];

/** What became of waiting for a line. */
type Line = { readonly text: string } | "silent" | "ended";

export class Watchdog {
  #process?: Deno.ChildProcess;
  #lines?: ReadableStreamDefaultReader<string>;
  #input?: WritableStreamDefaultWriter<Uint8Array>;
  /** Cases read in the process. */
  #count = 0;
  readonly #program: string;

  /** @param program that serves the readers, from the root of the repository */
  constructor(program = "tools/fuzz/worker.ts") {
    this.#program = program;
  }

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
    const { how, kind }: Made = JSON.parse(await this.#own("made", request));
    const limit = kind === "heavy" ? HEAVY_TIME_LIMIT : TIME_LIMIT;
    const line = await this.#next(limit);
    const answer = { how, milliseconds: limit, peak: 0 };
    if (line === "silent") {
      this.stop();
      return { ...answer, verdict: "hang", message: `no answer within ${limit} ms` };
    }
    if (line !== "ended" && line.text === TOO_LARGE) {
      this.stop();
      return tooLarge({ ...answer, peak: MEMORY_LIMIT });
    }
    // What nobody waits for ends a process a little later.
    const last = line === "ended" ? line : await this.#beyond(TOO_LARGE);
    if (typeof last === "string") {
      this.stop();
      return { ...answer, verdict: "unclear", message: deathOf(await process.status) };
    }
    const judged: Answer = JSON.parse(last.text);
    if (judged.peak > RETIRED_ABOVE) this.stop();
    return judged.peak > MEMORY_LIMIT ? tooLarge(judged) : judged;
  }

  async #start(): Promise<Deno.ChildProcess> {
    const process = new Deno.Command("deno", {
      args: [...ARGUMENTS, this.#program],
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

  /** The next line that is not this one, which a thread may have written late. */
  async #beyond(stray: string): Promise<Line> {
    const line = await this.#next(OWN_LIMIT);
    return typeof line === "object" && line.text === stray ? await this.#next(OWN_LIMIT) : line;
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

function tooLarge(answer: Omit<Answer, "verdict" | "message">): Answer {
  const message = `it takes ${Math.round(answer.peak / MEBIBYTE)} MiB or more`;
  return { ...answer, verdict: "large", message };
}

function deathOf({ code, signal }: Deno.CommandStatus): string {
  return `the process dies with ${signal ?? `status ${code}`}, as one does that is out of memory`;
}
