/** How long dispatches take on a device: by the timestamps of a pass where it grants them, else by the clock over many of them. */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { Program } from "../../pipeline/compute/gpu/program.ts";
import { nanosecondsOfTick, Queries } from "./tick.ts";

/** Nanoseconds that one reading is to last at least; waiting for the device costs 1e7 by the clock. */
const SPAN = { timestamps: 2e6, clock: 1e8 } as const;
const MOST_REPEATS = 1000, READINGS = 3;

export class Stopwatch {
  readonly #gpu: Gpu;
  /** Absent: by the clock. */
  readonly #queries: Queries | undefined;

  /** By timestamps, if the device was opened with them. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    if (gpu.device.features.has("timestamp-query")) this.#queries = new Queries(gpu);
  }

  get source(): keyof typeof SPAN {
    return this.#queries ? "timestamps" : "clock";
  }

  /**
   * Microseconds of the dispatches of a program from `from` on, which have run once before: the median of some readings.
   * @throws {Error} when the device's time does not advance, or WebGPU reported an error
   */
  async microseconds(program: Program, from: number): Promise<number> {
    // The first after a pause may be slow.
    const single = Math.min(
      await this.#read(program, from, 1),
      await this.#read(program, from, 1),
    );
    const wanted = Math.ceil(SPAN[this.source] / Math.max(1, single));
    const repeats = Math.min(MOST_REPEATS, wanted);
    const readings: number[] = [];
    for (let i = 0; i < READINGS; i++) {
      readings.push(await this.#read(program, from, repeats) / repeats / 1000);
    }
    this.#gpu.check();
    const median = readings.sort((a, b) => a - b)[READINGS >> 1];
    if (!(median > 0)) {
      throw new Error(`Cannot measure: the ${this.source} of the device stand still.`);
    }
    return median;
  }

  /** Nanoseconds of so many repeats. */
  async #read(program: Program, from: number, repeats: number): Promise<number> {
    const gpu = this.#gpu;
    if (this.#queries) {
      const { stamps } = await this.#queries.read(program, repeats, from);
      return stamps * await nanosecondsOfTick(gpu);
    }
    const encoder = gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (let i = 0; i < repeats; i++) program.encode(pass, from);
    pass.end();
    const start = performance.now();
    gpu.device.queue.submit([encoder.finish()]);
    await gpu.finished();
    return 1e6 * (performance.now() - start);
  }
}
