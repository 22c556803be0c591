/** The dispatches of a training step of the default recipe, recorded without a device: nothing is compiled or run. */
import { type AdapterDescription, Gpu } from "../../pipeline/compute/gpu/device.ts";
import { type Kernel, kernelName } from "../../pipeline/compute/gpu/kernel.ts";
import type { KernelPlan } from "../../pipeline/compute/gpu/plan.ts";
import type { Dispatch } from "../../pipeline/compute/gpu/program.ts";
import type { Shape } from "../../pipeline/compute/gpu/tensor.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { AdamState } from "../../pipeline/compute/ops/adam.ts";
import { GradientClip } from "../../pipeline/compute/ops/gradient_clip.ts";
import { LossLog } from "../../pipeline/compute/ops/loss_log.ts";
import { Parameters } from "../../pipeline/compute/parameters.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { smoothnessLoss } from "../../pipeline/smoothness/loss.ts";
import { recordStep } from "../../pipeline/train/step.ts";

/** Takes buffers and their content, and does nothing with them. */
function deviceThatOnlyListens(): GPUDevice {
  const most = 2 ** 32;
  return {
    limits: { maxBufferSize: most, maxStorageBufferBindingSize: most },
    queue: { writeBuffer() {} },
    createBuffer: ({ size }: GPUBufferDescriptor) => ({ size }),
    addEventListener() {},
    lost: new Promise(() => {}),
  } as unknown as GPUDevice;
}

interface NamedDispatch extends Dispatch {
  /** Name of its kernel. */
  readonly kernel: string;
}

class ListingTape extends Tape {
  readonly dispatches: NamedDispatch[] = [];

  override dispatch(kernel: Kernel, dispatch: Dispatch): void {
    this.dispatches.push({ ...dispatch, kernel: kernelName(kernel) });
    super.dispatch(kernel, dispatch);
  }
}

/** @param images [2B, 3, H, W] */
export function recordedStep(
  family: "cpu" | "gpu",
  width: number,
  images: Shape,
  plan?: KernelPlan,
): readonly NamedDispatch[] {
  const adapter = { fallback: family === "cpu", subgroupsOfEight: true } as AdapterDescription;
  const gpu = new Gpu(deviceThatOnlyListens(), adapter, plan);
  const parameters = new Parameters(gpu, describePwcLite(width));
  const tape = new ListingTape(gpu);
  recordStep(
    tape,
    {
      images: tape.persistent("images", images),
      parameters,
      adam: new AdamState(gpu, parameters),
      clip: new GradientClip(gpu),
      log: new LossLog(gpu, 1),
    },
    {
      model: { width, normaliseFeatures: true, centreInput: true },
      smoothness: smoothnessLoss({
        smoothness: "unrolled",
        unrollIterations: 1,
        rho: 0.1,
        lambda: 0.1,
        eta: 1,
        edgeAlpha: 3,
        order: "1st",
        border: "zero",
        stopGradient: false,
        wSmooth: 1,
      }),
      gradientClip: 1,
      weightDecay: 1e-6,
    },
    { fromStep: 0, photometric: { wL1: 0, wSsim: 0, wCensus: 1, occlusion: "splat" } },
  );
  return tape.dispatches;
}
