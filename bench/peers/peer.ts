/** One side of a comparison: our own code, or a process that answers messages (messages.ts). */
import type { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { linesOf } from "./lines.ts";
import { type Prepared, preparedSchema, type Settings, timingSchema } from "./messages.ts";

export interface Side extends AsyncDisposable {
  readonly prepared: Prepared;
  /** Milliseconds of one run, the mean of so many. */
  time(count: number): Promise<number>;
}

export interface Program {
  /** For errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export class Peer implements Side {
  readonly prepared: Prepared;
  readonly #conversation: Conversation;

  private constructor(conversation: Conversation, prepared: Prepared) {
    this.#conversation = conversation;
    this.prepared = prepared;
  }

  /**
   * Starts the process and waits until it has run once.
   * @throws {Error} when it cannot be started, ends, or says anything else than it should
   */
  static async start(program: Program, settings: Settings): Promise<Peer> {
    const conversation = new Conversation(program);
    try {
      return new Peer(conversation, await conversation.ask(settings, preparedSchema));
    } catch (error) {
      await conversation[Symbol.asyncDispose]();
      throw error;
    }
  }

  async time(count: number): Promise<number> {
    return (await this.#conversation.ask({ count }, timingSchema)).milliseconds;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#conversation[Symbol.asyncDispose]();
  }
}

/** Questions and answers of a process, a line each; its standard error is ours. */
class Conversation implements AsyncDisposable {
  readonly #program: Program;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncGenerator<string>;

  constructor(program: Program) {
    this.#program = program;
    this.#process = new Deno.Command(program.command, {
      args: [...program.args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
  }

  async ask<S extends z.ZodType>(question: unknown, schema: S): Promise<z.output<S>> {
    const { name } = this.#program;
    // A process that has ended takes nothing; that it has is said by what it does not answer.
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`)).catch(
      () => {},
    );
    const { value, done } = await this.#lines.next();
    if (done) {
      const { code } = await this.#process.status;
      throw new Error(
        `Cannot time ${name}: its process ended with status ${code}; what it said is above. ` +
          `Leave it out by --only.`,
      );
    }
    return parseJson(value, schema, { file: `answer of ${name}` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    await this.#lines.return(undefined);
    await this.#process.status;
  }
}
