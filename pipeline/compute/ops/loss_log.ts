/** A ring of loss values on the device, so that a step reads nothing back (design, "Record once, replay"). */
import code from "../../../kernels/compute/loss_log.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { persistentStorage, readStorage, type Storage } from "../gpu/tensor.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Tape, Value } from "../tape.ts";

const writeRow = defineKernel("loss_log", code, "write_row", { reads: 5, writes: 1 });
/** Scalars of one dispatch. */
const GROUP = 4;

export class LossLog {
  readonly #gpu: Gpu;
  readonly #rows: number;
  /** Of a row. */
  readonly columns: number;
  /** vec4 of a row. */
  readonly #groups: number;
  readonly #row: Storage;
  readonly #ring: Storage;

  /**
   * @param rows steps that the ring holds before the oldest is overwritten
   * @param columns scalars of a row
   */
  constructor(gpu: Gpu, rows: number, columns = GROUP) {
    this.#gpu = gpu;
    this.#rows = rows;
    this.columns = columns;
    this.#groups = Math.ceil(columns / GROUP);
    this.#row = persistentStorage(gpu, "log row", 4);
    this.#ring = persistentStorage(gpu, "log", 4 * GROUP * this.#groups * rows);
  }

  /** Records that each run of the program writes these scalars into the row of its step; columns that are left are 0. */
  record(tape: Tape, scalars: readonly Value[]): void {
    if (scalars.length < 1 || scalars.length > this.columns) {
      throw new Error(`Cannot log ${scalars.length} values: wanted are 1 to ${this.columns}.`);
    }
    for (let group = 0; group < this.#groups; group++) {
      const own = scalars.slice(GROUP * group, GROUP * (group + 1));
      const storages = Array.from({ length: GROUP }, (_, i) => (own[i] ?? scalars[0]).storage);
      tape.dispatch(writeRow, {
        params: [own.length, this.#rows, this.#groups, group],
        reads: [this.#row, ...storages],
        writes: [this.#ring],
        workgroups: [1, 1, 1],
      });
    }
  }

  /** Says which step the next run is. */
  setStep(step: number): void {
    this.#gpu.device.queue.writeBuffer(this.#row.buffer!, 0, new Uint32Array([step]));
  }

  /** The rows of steps `from` up to and without `to`, of which the ring holds the last ones only. */
  async read(from: number, to: number): Promise<Float32Array[]> {
    if (to - from > this.#rows) {
      throw new Error(
        `Cannot read ${to - from} steps of the log: it holds ${this.#rows}. Read it more often.`,
      );
    }
    const ring = await readStorage(this.#gpu, this.#ring);
    return Array.from({ length: to - from }, (_, i) => {
      const start = GROUP * this.#groups * ((from + i) % this.#rows);
      return ring.slice(start, start + this.columns);
    });
  }
}
