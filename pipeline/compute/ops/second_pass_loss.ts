/** The loss of the second pass: the distance to the transformed flow of the first one (method, section 6). */
import code from "../../../kernels/compute/second_pass_loss.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import { meanOverVisible } from "./mean_over_visible.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("second_pass_loss", code, "forward", { reads: 3, writes: 1 });
const backward = defineKernel("second_pass_loss", code, "backward", { reads: 4, writes: 1 });

export interface SecondPassSettings {
  /** ε, in pixels: 0 (Sintel) or 0.01 (KITTI). */
  readonly epsilon: number;
  /** q: 1 (Sintel) or 0.4 (KITTI). */
  readonly exponent: number;
}

/**
 * mean((|prediction − target| + ε)^q · mask) / (mean(mask) + 1e-7), without the weight w_ar. Only the prediction gets a
 * gradient; it is 0 where prediction and target are equal.
 * @param prediction [N, 2, H, W]
 * @param target [N, 2, H, W], not differentiable
 * @param mask [N, 1, H, W], not differentiable
 * @returns [1, 1, 1, 1]
 * @throws {Error} when a shape is another
 */
export function secondPassLoss(
  tape: Tape,
  prediction: Value,
  target: Value,
  mask: Value,
  settings: SecondPassSettings,
): Value {
  const [n, , h, w] = prediction.shape;
  for (const [value, channels] of [[prediction, 2], [target, 2], [mask, 1]] as const) {
    if (value.shape.join() !== [n, channels, h, w].join()) {
      throw new Error(
        `Cannot compare ${prediction.label} with ${target.label}: ${value.label} must be ` +
          `[${n}, ${channels}, ${h}, ${w}], got [${value.shape.join(", ")}].`,
      );
    }
  }
  const params = [n * h * w, f32(settings.epsilon), f32(settings.exponent)];
  const reads = [prediction.storage, target.storage, mask.storage];
  const workgroups = workgroupsFor(n * h * w, 64);
  const map = tape.value("second pass map", prediction.shape);
  tape.dispatch(forward, { params, reads, writes: [map.storage], workgroups });
  tape.node(map, [prediction], (dMap) => {
    const dPrediction = tape.value(`d ${prediction.label}`, prediction.shape);
    tape.dispatch(backward, {
      params,
      reads: [...reads, dMap.storage],
      writes: [dPrediction.storage],
      workgroups,
    });
    tape.accumulate(prediction, dPrediction);
  });
  return meanOverVisible(tape, map, mask);
}
