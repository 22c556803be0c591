/** The loss of the second pass: the distance to the transformed flow of the first one (method, section 6). */
import code from "../../kernels/second_pass_loss.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "./tape.ts";

const partialSums = defineKernel("second_pass_loss", code, "partial_sums", { reads: 3, writes: 1 });
const finish = defineKernel("second_pass_loss", code, "finish", { reads: 1, writes: 2 });
const gradient = defineKernel("second_pass_loss", code, "gradient", { reads: 5, writes: 1 });

/** Threads that share the sums, and pixels that each takes at least. */
const PARTS = 1024, PIXELS = 16;

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
  const pixels = n * h * w, parts = Math.min(PARTS, Math.ceil(pixels / PIXELS));
  const params = [pixels, parts, f32(settings.epsilon), f32(settings.exponent)];
  const compared = [prediction.storage, target.storage, mask.storage];
  const sums = tape.scratch("sums of the second pass", 8 * parts);
  const factor = tape.scratch("factor of the second pass", 4);
  const loss = tape.value("second pass loss", [1, 1, 1, 1]);
  tape.dispatch(partialSums, {
    params,
    reads: compared,
    writes: [sums],
    workgroups: [Math.ceil(parts / 8), 1, 1],
  });
  tape.dispatch(finish, {
    params,
    reads: [sums],
    writes: [loss.storage, factor],
    workgroups: [1, 1, 1],
  });
  tape.node(loss, [prediction], (dLoss) => {
    const dPrediction = tape.value(`d ${prediction.label}`, prediction.shape);
    tape.dispatch(gradient, {
      params,
      reads: [...compared, factor, dLoss.storage],
      writes: [dPrediction.storage],
      workgroups: workgroupsFor(pixels, 64),
    });
    tape.accumulate(prediction, dPrediction);
  });
  return loss;
}
