/** Occlusion by the landing points of the backward flow (method, section 5). */
import code from "../../../kernels/compute/occlusion_splat.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import { persistentStorage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const scatter = defineKernel("occlusion_splat", code, "scatter", { reads: 1, writes: 1 });
const finish = defineKernel("occlusion_splat", code, "finish", { reads: 0, writes: 3 });

const BYTES_PER_COUNTER = 8;

/**
 * Adds 1 bilinearly at the landing point of each pixel of frame 2 on frame 1's grid; a pixel of frame 1 that nothing
 * lands on is not visible in frame 2. No gradient. The sum is exact to 2^-31 per share and does not depend on the order
 * of additions.
 * @param flowBackward [N, 2, H, W], pixels, from frame 2 to frame 1
 * @param options threshold: visible from this coverage on. otherHalf: flow i lands on image (i + N / 2) mod N, for directions of
 * the same pairs; default false
 * @returns coverage [N, 1, H, W], the sum before any clamp; visible [N, 1, H, W], 1 or 0
 * @throws {Error} when the flow does not have two channels, or an odd batch has no halves
 */
export function occlusionSplat(
  tape: Tape,
  flowBackward: Value,
  { threshold = 0.2, otherHalf = false }: { threshold?: number; otherHalf?: boolean } = {},
): { coverage: Value; visible: Value } {
  const [n, c, h, w] = flowBackward.shape;
  if (c !== 2) {
    throw new Error(
      `Cannot splat ${flowBackward.label}: a flow must be [N, 2, H, W], got [${flowBackward.shape}].`,
    );
  }
  if (otherHalf && n % 2 !== 0) {
    throw new Error(
      `Cannot splat ${flowBackward.label} on the other half: its batch must be even, got [${flowBackward.shape}].`,
    );
  }
  // A new buffer holds zeros, and the kernels leave them there.
  const counters = persistentStorage(tape.gpu, "splat counters", BYTES_PER_COUNTER * n * h * w);
  const coverage = tape.value("coverage", [n, 1, h, w]);
  const visible = tape.value("visible by splat", [n, 1, h, w]);
  const params = [n, h, w, f32(threshold), otherHalf ? n / 2 : 0];
  const workgroups = workgroupsFor(n * h * w, 64);
  tape.dispatch(scatter, { params, reads: [flowBackward.storage], writes: [counters], workgroups });
  tape.dispatch(finish, {
    params,
    reads: [],
    writes: [counters, coverage.storage, visible.storage],
    workgroups,
  });
  return { coverage, visible };
}
