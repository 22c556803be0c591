/** A ring of loss values on the device, so that a step reads nothing back (design, "Record once, replay"). */
import code from "../../../kernels/compute/loss_log.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { persistentStorage, readStorage, type Storage } from "../gpu/tensor.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Tape, Value } from "../tape.ts";

const writeRow = defineKernel("loss_log", code, "write_row", { reads: 5, writes: 1 });
const COLUMNS = 4;

export class LossLog {
  readonly #gpu: Gpu;
  readonly #rows: number;
  readonly #row: Storage;
  readonly #ring: Storage;

  /** @param rows steps that the ring holds before the oldest is overwritten */
  constructor(gpu: Gpu, rows: number) {
    this.#gpu = gpu;
    this.#rows = rows;
    this.#row = persistentStorage(gpu, "log row", 4);
    this.#ring = persistentStorage(gpu, "log", 4 * COLUMNS * rows);
  }

  /** Records that each run of the program writes these scalars, one to four, into the row of its step. */
  record(tape: Tape, scalars: readonly Value[]): void {
    if (scalars.length < 1 || scalars.length > COLUMNS) {
      throw new Error(`Cannot log ${scalars.length} values: wanted are 1 to ${COLUMNS}.`);
    }
    const storages = Array.from({ length: COLUMNS }, (_, i) => (scalars[i] ?? scalars[0]).storage);
    tape.dispatch(writeRow, {
      params: [scalars.length, this.#rows],
      reads: [this.#row, ...storages],
      writes: [this.#ring],
      workgroups: [1, 1, 1],
    });
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
      const start = COLUMNS * ((from + i) % this.#rows);
      return ring.slice(start, start + COLUMNS);
    });
  }
}
