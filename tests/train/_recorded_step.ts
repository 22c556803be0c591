/** The dispatches of a training step of the sweep, recorded without a device: nothing is compiled or run. */
import { listeningGpu, recordTrainingStep } from "../../bench/_recording.ts";
import { kernelName } from "../../pipeline/compute/gpu/kernel.ts";
import type { KernelPlan } from "../../pipeline/compute/gpu/plan.ts";
import type { Dispatch } from "../../pipeline/compute/gpu/program.ts";
import type { Shape } from "../../pipeline/compute/gpu/tensor.ts";

interface NamedDispatch extends Dispatch {
  /** Name of its kernel. */
  readonly kernel: string;
}

/** @param images [2B, 3, H, W] */
export function recordedStep(
  family: "cpu" | "gpu",
  width: number,
  [images, , height, across]: Shape,
  plan?: KernelPlan,
): readonly NamedDispatch[] {
  const size = { width, crop: [height, across] as const, batch: images / 2 };
  return recordTrainingStep(listeningGpu(family, plan), size).dispatches
    .map((dispatch) => ({ ...dispatch, kernel: kernelName(dispatch.kernel) }));
}
