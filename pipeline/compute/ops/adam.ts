/** Adam with coupled weight decay over flat buffers: one dispatch a step (method, section 7; Kingma & Ba 2015). */
import code from "../../../kernels/compute/adam.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import { GradientClip } from "./gradient_clip.ts";
import type { Parameters } from "../parameters.ts";
import type { Tape } from "../tape.ts";

const update = defineKernel("adam", code, "update", { reads: 3, writes: 3 });

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

const DEFAULT_SETTINGS: AdamSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** What Adam carries from step to step, both moments in the order of the parameters, and the values of the next step. */
export class AdamState {
  readonly #gpu: Gpu;
  readonly settings: AdamSettings;
  /** m, as many floats as the parameters have. */
  readonly firstMoments: Storage;
  /** v, likewise. */
  readonly secondMoments: Storage;
  /** Step size and correction of the root, as the kernel takes them. */
  readonly step: Storage;

  /** Both moments start at zero. */
  constructor(
    gpu: Gpu,
    parameters: Pick<Parameters, "floats">,
    settings: Partial<AdamSettings> = {},
  ) {
    this.#gpu = gpu;
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.firstMoments = persistentStorage(gpu, "first moments", 4 * parameters.floats);
    this.secondMoments = persistentStorage(gpu, "second moments", 4 * parameters.floats);
    this.step = persistentStorage(gpu, "Adam step", 16);
  }

  /**
   * Says what the next run of the program does; to be called before each run.
   * @param step 1, 2, ...: the bias correction of the moments depends on it
   * @throws {Error} for a step that is not a positive whole number
   */
  setStep(step: number, learningRate: number): void {
    if (!(Number.isInteger(step) && step >= 1)) {
      throw new Error(`Cannot run step ${step} of Adam: steps are counted 1, 2, ...`);
    }
    const { beta1, beta2 } = this.settings;
    const values = [learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)];
    this.#gpu.device.queue.writeBuffer(this.step.buffer!, 0, new Float32Array(values));
  }
}

export interface AdamOptions {
  /** Added to the gradient of a weight, times the weight, before both moments. */
  readonly weightDecay: number;
  /** The same for biases; default 0. */
  readonly biasDecay?: number;
  /** See recordGradientClip(); without it gradients are taken as they are. */
  readonly clip?: GradientClip;
}

/**
 * Records one step for all parameters. Belongs after backward(), and before each run state.setStep() must be called.
 * @param parameters flat buffers; anything else with such buffers will do
 */
export function recordAdam(
  tape: Tape,
  parameters: Pick<Parameters, "values" | "gradients" | "floats" | "weightFloats">,
  state: AdamState,
  options: AdamOptions,
): void {
  const { weightDecay, biasDecay = 0, clip = new GradientClip(tape.gpu) } = options;
  const { beta1, beta2, epsilon } = state.settings;
  const count = parameters.floats / 4;
  tape.dispatch(update, {
    params: [
      count,
      parameters.weightFloats / 4,
      ...[weightDecay, biasDecay, beta1, 1 - beta1, beta2, 1 - beta2, epsilon].map(f32),
    ],
    reads: [parameters.gradients, state.step, clip.factor],
    writes: [parameters.values, state.firstMoments, state.secondMoments],
    workgroups: workgroupsFor(count, 64),
  });
}
