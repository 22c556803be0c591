/** A training step as its dispatches: what `Trainer` records, with kernels, sizes and storages of each, for counting and timing. */
import { type AdapterDescription, Gpu } from "../pipeline/compute/gpu/device.ts";
import type { KernelPlan } from "../pipeline/compute/gpu/plan.ts";
import type { Program, RecordedDispatch } from "../pipeline/compute/gpu/program.ts";
import type { Storage } from "../pipeline/compute/gpu/tensor.ts";
import { describePwcLite } from "../pipeline/compute/network/pwclite.ts";
import { AdamState } from "../pipeline/compute/ops/adam.ts";
import { GradientClip } from "../pipeline/compute/ops/gradient_clip.ts";
import { LossLog } from "../pipeline/compute/ops/loss_log.ts";
import { Parameters } from "../pipeline/compute/parameters.ts";
import { Tape } from "../pipeline/compute/tape.ts";
import { recordStep } from "../pipeline/train/step.ts";
import {
  initialWeights,
  LEARNING_RATE,
  packedNoise,
  type StepOptions,
  stepSettings,
  type StepSize,
} from "./_step.ts";

export interface RecordedStep {
  readonly dispatches: readonly RecordedDispatch[];
  /** The flat buffers of all weights and biases, and of their gradients, of which a layer uses a part. */
  readonly flat: ReadonlySet<Storage>;
  /** Bytes that stay on the device besides intermediate values: parameters, gradients, moments, pictures, flow. */
  readonly persistentBytes: number;
  /** Compiles and places it, with noise for pictures. @throws {TooLargeError} when it does not fit into the device */
  finish(): Promise<Program>;
}

/**
 * Records a step; nothing is compiled or run.
 * @throws {TooLargeError} when pictures do not fit into the device
 */
export function recordTrainingStep(
  gpu: Gpu,
  size: StepSize,
  options: StepOptions = {},
): RecordedStep {
  const settings = stepSettings(size, options);
  const parameters = new Parameters(gpu, describePwcLite(size.width));
  parameters.write(initialWeights(size.width));
  const images = new Tape(gpu).persistent("images", settings.images);
  const adam = new AdamState(gpu, parameters);
  adam.setStep(1, LEARNING_RATE);
  const log = new LossLog(gpu, 1), clip = new GradientClip(gpu);
  const tape = new Tape(gpu, { exact: settings.exact });
  recordStep(tape, { images, parameters, adam, clip, log }, settings, settings.phases[0]);
  const dispatches = tape.recorded();
  const persistent = new Set(
    dispatches.flatMap(({ reads, writes }) => [...reads, ...writes])
      .filter(({ buffer }) => buffer),
  );
  return {
    dispatches,
    flat: new Set([parameters.values, parameters.gradients]),
    persistentBytes: [...persistent].reduce((sum, { bytes }) => sum + bytes, 0),
    finish: () => {
      tape.writePacked(images, packedNoise(settings.images));
      return tape.finish();
    },
  };
}

/** What wgpu grants at most: bytes of a buffer and of a binding. */
const MOST_BYTES = 2 ** 31 - 1;

/** A device that takes buffers and their content and does nothing with them: steps can be recorded on it, and counted. */
export function listeningGpu(family: "cpu" | "gpu", plan?: KernelPlan): Gpu {
  const device = {
    limits: { maxBufferSize: MOST_BYTES, maxStorageBufferBindingSize: MOST_BYTES },
    queue: { writeBuffer() {} },
    createBuffer: ({ size }: GPUBufferDescriptor) => ({ size }),
    addEventListener() {},
    lost: new Promise(() => {}),
  } as unknown as GPUDevice;
  const fallback = family === "cpu";
  return new Gpu(device, { fallback, subgroupsOfEight: fallback } as AdapterDescription, plan);
}

/** The same device, taken for that of a GPU: kernels and buffers as a GPU without a plan of its own gets them. */
export function asGpu({ device, adapter }: Gpu): Gpu {
  return new Gpu(device, { ...adapter, fallback: false });
}
