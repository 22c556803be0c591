/** Occlusion by disagreement of the two flows (method, section 5). */
import code from "../../../kernels/compute/occlusion_forward_backward.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

const check = defineKernel("occlusion_forward_backward", code, "check", { reads: 2, writes: 2 });

/**
 * Follows the flow and then the other one back: a pixel that does not return is not visible in the other frame. No
 * gradient.
 * @param flow [N, 2, H, W], pixels
 * @param flowOther [N, 2, H, W], pixels, in the opposite direction; sampled as zero outside, align_corners = true
 * @param options allowed squared distance: scale times the sum of both squared lengths, plus bias in px^2
 * @returns sampled [N, 2, H, W], the other flow at x + flow(x); visible [N, 1, H, W], 1 or 0
 * @throws {Error} when the shapes differ or are no flows
 */
export function occlusionForwardBackward(
  tape: Tape,
  flow: Value,
  flowOther: Value,
  { scale = 0.01, bias = 0.5 }: { scale?: number; bias?: number } = {},
): { sampled: Value; visible: Value } {
  const [n, c, h, w] = flow.shape;
  if (c !== 2 || flowOther.shape.join() !== flow.shape.join()) {
    throw new Error(
      `Cannot compare ${flow.label} with ${flowOther.label}: both must be the same [N, 2, H, W], ` +
        `got [${flow.shape}] and [${flowOther.shape}].`,
    );
  }
  const sampled = tape.value(`${flowOther.label} sampled`, flow.shape);
  const visible = tape.value("visible by both flows", [n, 1, h, w]);
  tape.dispatch(check, {
    params: [n, h, w, f32(scale), f32(bias)],
    reads: [flow.storage, flowOther.storage],
    writes: [sampled.storage, visible.storage],
    workgroups: workgroupsFor(n * h * w, 64),
  });
  return { sampled, visible };
}
