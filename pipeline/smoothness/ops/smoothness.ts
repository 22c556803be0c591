/** Edge-aware smoothness of the baseline, which the unrolled cost is compared with (method, section 2). */
import code from "../../../kernels/smoothness/smoothness.wgsl" with { type: "text" };
import { defineKernel } from "../../compute/gpu/kernel.ts";
import { f32, workgroupsFor } from "../../compute/gpu/program.ts";
import { partialsFor, sumPartials } from "../../compute/ops/_sum_partials.ts";
import type { Tape, Value } from "../../compute/tape.ts";

const forward = defineKernel("smoothness", code, "forward", { reads: 2, writes: 1 });
const backward = defineKernel("smoothness", code, "backward", { reads: 3, writes: 1 });

/**
 * Penalties, as the kernel numbers them: |x|; sqrt(x^2 + 0.01^2); and Huber's, x^2 / (2 delta) where |x| <= delta and
 * |x| - delta / 2 beyond (Werlberger et al., Anisotropic Huber-L1 Optical Flow, BMVC 2009), with delta = 0.01: then it has
 * Charbonnier's curvature 1 / 0.01 at 0 and its slope 1 far away, so that at the same weight the two differ in the bend
 * between only. In units of x, the flow divided by the shorter side.
 */
const PENALTIES = ["l1", "charbonnier", "huber"] as const;

export interface SmoothnessOptions {
  readonly penalty: typeof PENALTIES[number];
  /** Of the derivative. */
  readonly order: "1st" | "2nd";
  /** Steepness of the edge weights, alpha of the paper. */
  readonly edgeAlpha: number;
}

// One direction: half of the mean over its terms, each divided by 2, or by 1 for second-order l1 (as the official code
// has it). A side too short for a difference has no terms.
function factor(terms: number, { penalty, order }: SmoothnessOptions): number {
  const divisor = order === "2nd" && penalty === "l1" ? 1 : 2;
  return terms > 0 ? 1 / (2 * divisor * terms) : 0;
}

/**
 * Mean penalty of the derivatives of flow / min(H, W), weakened at image edges; without the weight w_smooth.
 * Differentiable by the flow only.
 * @param flow [N, 2, H, W], pixels, at full resolution
 * @param image [N, 3, H, W], RGB in [0, 1]
 * @returns a scalar [1, 1, 1, 1]
 * @throws {Error} when the shapes do not fit
 */
export function smoothness(
  tape: Tape,
  flow: Value,
  image: Value,
  options: SmoothnessOptions,
): Value {
  const [n, channels, h, w] = flow.shape;
  if (channels !== 2 || image.shape.join() !== [n, 3, h, w].join()) {
    throw new Error(
      `Cannot smooth ${flow.label}: the flow must be [N, 2, H, W] and the image [N, 3, H, W] of the same size, ` +
        `got [${flow.shape}] and [${image.shape}]. Enlarge the flow to the image's size with upsample().`,
    );
  }
  const order = options.order === "1st" ? 1 : 2;
  const partials = partialsFor(tape, n * h * w);
  const params = [
    n,
    h,
    w,
    order,
    PENALTIES.indexOf(options.penalty),
    partials.count,
    f32(options.edgeAlpha),
    f32(1 / Math.min(h, w)),
    f32(factor(2 * n * h * (w - order), options)),
    f32(factor(2 * n * (h - order) * w, options)),
  ];
  tape.dispatch(forward, {
    params,
    reads: [flow.storage, image.storage],
    writes: [partials.storage],
    workgroups: partials.workgroups,
  });
  const loss = sumPartials(tape, "smoothness", partials);
  tape.node(loss, [flow], (dLoss) => {
    const dFlow = tape.value(`d ${flow.label}`, flow.shape);
    tape.dispatch(backward, {
      params,
      reads: [flow.storage, image.storage, dLoss.storage],
      writes: [dFlow.storage],
      workgroups: workgroupsFor(n * h * w, 64),
    });
    tape.accumulate(flow, dFlow);
  });
  return loss;
}
