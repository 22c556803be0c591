/** Means over the micro-batches of a step: of gradients, so that a batch need not fit into the device at once, and of losses. */
import code from "../../../kernels/compute/accumulate.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";
import { Factor } from "./scale_by.ts";

const kernel = defineKernel("accumulate", code, "accumulate", { reads: 2, writes: 1 });

export class Accumulator {
  readonly #gpu: Gpu;
  readonly #microBatches: number;
  readonly #begins: Factor;

  /** @param microBatches of a step, at least 1 */
  constructor(gpu: Gpu, microBatches: number) {
    this.#gpu = gpu;
    this.#microBatches = microBatches;
    this.#begins = new Factor(gpu, "first micro-batch");
  }

  /** Says which micro-batch the next run is, counted from 0: the first one begins all means anew. */
  setMicroBatch(index: number): void {
    this.#begins.set(index === 0 ? 1 : 0);
  }

  /** Where the mean of a buffer is kept from run to run. */
  meanOf({ label, bytes }: Storage): Storage {
    return persistentStorage(this.#gpu, `mean ${label}`, bytes);
  }

  /** Records that each run adds its share. @param mean of {@link meanOf} */
  record(tape: Tape, value: Storage, mean: Storage): void {
    const count = mean.bytes / 16;
    tape.dispatch(kernel, {
      params: [count, f32(1 / this.#microBatches)],
      reads: [this.#begins.storage, value],
      writes: [mean],
      workgroups: workgroupsFor(count, 64),
    });
  }

  /** The same for a scalar [1, 1, 1, 1]. */
  scalarMean(value: Value): Value {
    return { ...value, label: `mean ${value.label}`, storage: this.meanOf(value.storage) };
  }
}
