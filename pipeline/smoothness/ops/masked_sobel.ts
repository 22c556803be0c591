/** Sobel derivatives of a flow, weakened where the image has edges (method, section 1, steps 1 to 3). */
import code from "../../../kernels/smoothness/masked_sobel.wgsl" with { type: "text" };
import { defineKernel } from "../../compute/gpu/kernel.ts";
import { f32, workgroupsFor } from "../../compute/gpu/program.ts";
import type { Tape, Value } from "../../compute/tape.ts";

const forward = defineKernel("masked_sobel", code, "forward", { reads: 2, writes: 3 });
const backward = defineKernel("masked_sobel", code, "backward", { reads: 3, writes: 1 });

export interface MaskedSobelOptions {
  /** Steepness of the edge mask, alpha of the paper. */
  readonly edgeAlpha: number;
  /** Derivative of the flow: kx and ky once, or each twice. The mask always takes the first. */
  readonly order: "1st" | "2nd";
  /** What lies outside, for every Sobel: zeros (official), or the nearest pixel. */
  readonly border: "zero" | "replicate";
}

/**
 * The derivatives c that the unrolled cost and total variation penalise. Differentiable by the flow; the masks depend
 * on the image only.
 * @param flow [N, 2, h, w], pixels of its own size
 * @param image [N, 3, h, w], RGB in [0, 1], area-averaged to the flow's size
 * @returns c [N, 4, h, w], channels dx u, dx v, dy u, dy v; maskX and maskY [N, 1, h, w], in (0, 1]
 * @throws {Error} when the shapes do not fit
 */
export function maskedSobel(
  tape: Tape,
  flow: Value,
  image: Value,
  { edgeAlpha, order, border }: MaskedSobelOptions,
): { c: Value; maskX: Value; maskY: Value } {
  const [n, channels, h, w] = flow.shape;
  if (channels !== 2 || image.shape.join() !== [n, 3, h, w].join()) {
    throw new Error(
      `Cannot differentiate ${flow.label}: the flow must be [N, 2, h, w] and the image [N, 3, h, w] of the same size, ` +
        `got [${flow.shape}] and [${image.shape}]. Average the image to the flow's size with areaDownsample().`,
    );
  }
  const params = [
    n,
    h,
    w,
    order === "1st" ? 1 : 2,
    border === "replicate" ? 1 : 0,
    f32(edgeAlpha),
  ];
  const workgroups = workgroupsFor(n * h * w, 64);
  const c = tape.value(`masked derivatives of ${flow.label}`, [n, 4, h, w]);
  const maskX = tape.value("edge mask x", [n, 1, h, w]);
  const maskY = tape.value("edge mask y", [n, 1, h, w]);
  tape.dispatch(forward, {
    params,
    reads: [flow.storage, image.storage],
    writes: [c.storage, maskX.storage, maskY.storage],
    workgroups,
  });
  tape.node(c, [flow], (dC) => {
    const dFlow = tape.value(`d ${flow.label}`, flow.shape);
    tape.dispatch(backward, {
      params,
      reads: [dC.storage, maskX.storage, maskY.storage],
      writes: [dFlow.storage],
      workgroups,
    });
    tape.accumulate(flow, dFlow);
  });
  return { c, maskX, maskY };
}
