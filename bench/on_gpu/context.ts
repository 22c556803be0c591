/** What a block is given: its time, its size, and whom it tells what it finds. */
import { type Gpu, openGpu } from "../../pipeline/compute/gpu/device.ts";
import { asGpu } from "../_recording.ts";
import type { BlockSettings, Cells, Message } from "./messages.ts";

/** Of its time, what a block keeps for ending. */
const RESERVE = 0.1;

export class BlockContext {
  readonly settings: BlockSettings;
  readonly #end: number;
  readonly #say: (message: Message) => void;

  constructor(settings: BlockSettings, say: (message: Message) => void) {
    this.settings = settings;
    this.#say = say;
    this.#end = performance.now() + 1000 * (1 - RESERVE) * settings.seconds;
  }

  get tiny(): boolean {
    return this.settings.tiny;
  }

  /** Seconds in which something may still be begun; below 0 the block should end. */
  get secondsLeft(): number {
    return (this.#end - performance.now()) / 1000;
  }

  row(table: string, row: Cells): void {
    this.#say({ table, row });
  }

  note(note: string): void {
    this.#say({ note });
  }

  fact(fact: string, value: number): void {
    this.#say({ fact, value });
  }

  /** What an earlier block has measured; undefined if none has. */
  known(fact: string): number | undefined {
    return this.settings.facts[fact];
  }

  /**
   * Goes through things to measure until the time is over, and says what was left out.
   * @param nameOf for what is left out or fails
   * @throws {Error} in the end, with all errors of those that failed
   */
  async forEach<T>(
    items: Iterable<T>,
    nameOf: (item: T) => string,
    measure: (item: T) => Promise<void>,
  ): Promise<void> {
    const leftOut: string[] = [], problems: string[] = [];
    for (const item of items) {
      if (this.secondsLeft < 0) leftOut.push(nameOf(item));
      else {
        await measure(item).catch((error) =>
          problems.push(`${nameOf(item)}: ${(error as Error).message}`)
        );
      }
    }
    if (leftOut.length > 0) {
      this.note(`Out of time, ${leftOut.length} left out: ${leftOut.join("; ")}.`);
    }
    if (problems.length > 0) throw new Error(problems.join(" "));
  }

  /** The device, with timestamps where it has them; a CPU driver is taken for a GPU, to try what a GPU would run. */
  async openGpu(): Promise<Gpu> {
    const gpu = await openGpu(undefined, { timestamps: true });
    return gpu.family === "gpu" ? gpu : asGpu(gpu);
  }
}

/** The part of a measured ceiling that a rate reaches, as cells have it. */
export function shareOf(rate: number, ceiling: number | undefined): string {
  return ceiling === undefined ? "" : `${(100 * rate / ceiling).toFixed(0)} %`;
}
