/** The exponential average of a network's weights over the steps, which is less noisy than the last ones (Polyak & Juditsky 1992). */
import code from "../../../kernels/compute/weight_average.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Parameters } from "../parameters.ts";
import type { Tape } from "../tape.ts";
import { Factor } from "./scale_by.ts";

const update = defineKernel("weight_average", code, "update", { reads: 2, writes: 1 });

export class WeightAverage {
  readonly #decay: number;
  readonly #rate: Factor;
  /** The average; its values are to begin with those that training begins with. */
  readonly parameters: Parameters;

  /** @param decay share of the average that a step leaves, below 1; less in the first steps, (1 + t) / (10 + t) at most */
  constructor(gpu: Gpu, parameters: Parameters, decay: number) {
    this.#decay = decay;
    this.#rate = new Factor(gpu, "rate of the average");
    this.parameters = parameters;
  }

  /** Says which step the next run is, 1, 2, ... */
  setStep(step: number): void {
    this.#rate.set(1 - Math.min(this.#decay, (1 + step) / (10 + step)));
  }

  /** Records the update of the average. @param trained after their own update */
  record(tape: Tape, trained: Parameters): void {
    const count = trained.floats / 4;
    tape.dispatch(update, {
      params: [count],
      reads: [this.#rate.storage, trained.values],
      writes: [this.parameters.values],
      workgroups: workgroupsFor(count, 64),
    });
  }
}
