/** The cost volume of PWC-Net: how well each pixel's features match those of its displaced neighbours. */
import code from "../../../../kernels/network/correlation.wgsl" with { type: "text" };
import { placeParams } from "../../gpu/joins.ts";
import { defineKernel } from "../../gpu/kernel.ts";
import { slotCount } from "../../gpu/layout.ts";
import { f32, workgroupsFor } from "../../gpu/program.ts";
import type { Place } from "../../gpu/tensor.ts";
import { twice } from "../../gpu/twice.ts";
import { oneSummand, type Summand, wholeOf } from "../../record_gradient.ts";
import type { Tape, Value } from "../../tape.ts";
import { rememberActivated } from "./convolution/activation.ts";
import { correlateInTiles, TILED_DISPLACEMENT } from "./correlation_tiled.ts";

const forward = defineKernel("correlation", code, "forward", { reads: 2, writes: 1 });
const leakyReluGradient = defineKernel("correlation", code, "leaky_relu_gradient", {
  reads: 2,
  writes: 1,
});
const gradients = defineKernel("correlation", code, "gradients", { reads: 3, writes: 2 });

// As in the kernels: pixels and displacements of one thread, threads of a workgroup.
const PIXELS = 4, COLUMNS = 9, LANES = 8;

export interface CorrelationOptions {
  /** D, in pixels; default 4. */
  readonly maximumDisplacement?: number;
  /** Applies LeakyReLU(0.1) to the costs, as the network does. Default false. */
  readonly leakyRelu?: boolean;
}

/**
 * Mean over channels of first[y, x] · second[y + dy, x + dx] for all |dx|, |dy| ≤ D, 0 where the displaced pixel lies
 * outside (method, section 3; Sun et al., CVPR 2018, equation 2).
 * @param first [N, C, H, W]
 * @param second [N, C, H, W]
 * @returns [N, (2 D + 1)², H, W], channel (2 D + 1) (dy + D) + dx + D
 * @throws {Error} when the shapes or segments differ
 */
export function correlation(
  tape: Tape,
  first: Value,
  second: Value,
  options: CorrelationOptions = {},
): Value {
  const { maximumDisplacement = 4, leakyRelu = false } = options;
  const { shape, segments } = first;
  if (shape.join() !== second.shape.join() || segments.join() !== second.segments.join()) {
    throw new Error(
      `Cannot correlate ${first.label} with ${second.label}: wanted two values [${shape}] of segments ` +
        `[${segments}], the second is [${second.shape}] of segments [${second.segments}].`,
    );
  }
  if (tape.gpu.family === "gpu" && maximumDisplacement === TILED_DISPLACEMENT) {
    return correlateInTiles(tape, first, second, leakyRelu);
  }
  const [n, c, h, w] = shape;
  const slots = slotCount(segments) / 4, side = 2 * maximumDisplacement + 1;
  const sizes = [n, h, w, slots, maximumDisplacement, f32(c), leakyRelu ? 1 : 0];
  const output = tape.value(`costs of ${first.label}`, [n, side * side, h, w]);
  const paramsFor = (
    { dCosts = wholeOf(output), places = [] }: { dCosts?: Summand; places?: readonly Place[] },
  ) => [...sizes, dCosts.stride, dCosts.first, ...placeParams(places)];
  const tiles = Math.ceil(w / PIXELS);
  if (leakyRelu) rememberActivated(tape, output, { bias: false });
  tape.dispatchMovable(wholeOf(output), (places) => ({
    kernel: places.length === 1 ? forward : twice(forward),
    params: paramsFor({ places }),
    reads: [first.storage, second.storage],
    writes: places.map(({ storage }) => storage),
    workgroups: [tiles, side * Math.ceil(side / COLUMNS), Math.ceil(n * h / LANES)],
  }));
  const linearGradient = (dCosts: Summand): Summand => {
    if (!leakyRelu || dCosts.beforeActivation?.has(output)) return dCosts;
    const dLinear = tape.value(`d linear ${output.label}`, output.shape);
    tape.dispatchMovable(wholeOf(output), (places) => ({
      kernel: leakyReluGradient,
      params: paramsFor({ dCosts, places }),
      reads: [places[0].storage, dCosts.storage],
      writes: [dLinear.storage],
      workgroups: workgroupsFor(n * h * w * slotCount(output.segments) / 4, 64),
    }));
    return wholeOf(dLinear);
  };
  tape.nodeOfSummands(output, [first, second], (summands) => {
    const dCosts = linearGradient(oneSummand(tape, output, summands));
    const [dFirst, dSecond] = [first, second]
      .map(({ label }) => tape.value(`d ${label}`, shape, segments));
    tape.dispatch(gradients, {
      params: paramsFor({ dCosts }),
      reads: [first.storage, second.storage, dCosts.storage],
      writes: [dFirst.storage, dSecond.storage],
      workgroups: [tiles, Math.ceil(n * h * Math.ceil(slots / 2) / LANES), 2],
    });
    tape.accumulate(first, dFirst);
    tape.accumulate(second, dSecond);
  });
  return output;
}
