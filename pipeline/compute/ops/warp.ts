/**
 * Backward warp: looks a picture or feature map up where a flow points (method, section 3). Both gradients are sums in
 * a fixed order, see kernels/compute/warp.wgsl.
 */
import code from "../../../kernels/compute/warp.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { f32, type Param, workgroupsFor } from "../gpu/program.ts";
import type { Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("warp", code, "forward", { reads: 2, writes: 1 });
const flowGradient = defineKernel("warp", code, "flow_gradient", { reads: 3, writes: 1 });
const clearHeads = defineKernel("warp", code, "clear_heads", { reads: 0, writes: 1 });
const buildLists = defineKernel("warp", code, "build_lists", { reads: 1, writes: 3 });
const sortLists = defineKernel("warp", code, "sort_lists", { reads: 0, writes: 2 });
const imageGradient = defineKernel("warp", code, "image_gradient", { reads: 4, writes: 1 });

export interface WarpOptions {
  /** What lies outside the picture: its nearest border pixel, or 0. Default border. */
  readonly padding?: "border" | "zeros";
  /**
   * True (default): samples at x + flow(x). False: at (x + flow(x)) · W / (W − 1) − ½, as the official code of the
   * paper does with PyTorch 1.3 and later; needed only for its released weights.
   */
  readonly alignCorners?: boolean;
}

/**
 * out(x) = image(x + flow(x)), bilinear.
 * @param image [N, C, H, W]
 * @param flow [N, 2, H, W], u to the right and v down, in pixels
 * @returns [N, C, H, W]
 * @throws {Error} when the flow does not have the batch and size of the image
 */
export function warp(tape: Tape, image: Value, flow: Value, options: WarpOptions = {}): Value {
  const { padding = "border", alignCorners = true } = options;
  const [n, , h, w] = image.shape;
  if (flow.shape.join() !== [n, 2, h, w].join()) {
    throw new Error(
      `Cannot warp ${image.label}: flow must be [${n}, 2, ${h}, ${w}], got [${
        flow.shape.join(", ")
      }].`,
    );
  }
  const slots = slotCount(image.segments) / 4, pixels = n * h * w;
  const stretch = (side: number) => alignCorners ? 1 : side / Math.max(1, side - 1);
  const geometry = [
    padding === "border" ? 1 : 0,
    f32(stretch(w)),
    f32(stretch(h)),
    f32(alignCorners ? 0 : -0.5),
  ];
  const params = [n, h, w, slots, ...geometry];
  const perPixel = workgroupsFor(pixels, 64);
  const output = tape.value(`${image.label} warped`, image.shape, image.segments);
  tape.dispatch(forward, {
    params,
    reads: [image.storage, flow.storage],
    writes: [output.storage],
    workgroups: perPixel,
  });
  tape.node(output, [image, flow], (dOutput) => {
    if (tape.isDifferentiable(flow)) {
      const dFlow = tape.value(`d ${flow.label}`, flow.shape);
      tape.dispatch(flowGradient, {
        params,
        reads: [image.storage, flow.storage, dOutput.storage],
        writes: [dFlow.storage],
        workgroups: perPixel,
      });
      tape.accumulate(flow, dFlow);
    }
    if (tape.isDifferentiable(image)) {
      const { heads, next, fractions } = cellLists(tape, flow, geometry);
      const dImage = tape.value(`d ${image.label}`, image.shape, image.segments);
      tape.dispatch(imageGradient, {
        params,
        reads: [dOutput.storage, heads, next, fractions],
        writes: [dImage.storage],
        workgroups: workgroupsFor(pixels * slots, 64),
      });
      tape.accumulate(image, dImage);
    }
  });
  return output;
}

/** Which pixels sample each cell of the picture, in order; and where in the cell. */
interface CellLists {
  readonly heads: Storage;
  readonly next: Storage;
  readonly fractions: Storage;
}

// The lists depend on the flow only: several images that are warped by it share them.
function cellLists(tape: Tape, flow: Value, geometry: readonly Param[]): CellLists {
  const known = tape.once("cell lists of warps", () => new Map<Storage, Map<string, CellLists>>());
  const ofFlow = known.get(flow.storage) ?? new Map<string, CellLists>();
  known.set(flow.storage, ofFlow);
  const key = JSON.stringify(geometry);
  const lists = ofFlow.get(key) ?? recordLists(tape, flow, geometry);
  ofFlow.set(key, lists);
  return lists;
}

function recordLists(tape: Tape, flow: Value, geometry: readonly Param[]): CellLists {
  const [n, , h, w] = flow.shape;
  const pixels = n * h * w, cells = n * (h + 1) * (w + 1);
  // These kernels look at no picture: its slots do not matter.
  const params = [n, h, w, 0, ...geometry];
  const heads = tape.scratch(`heads of ${flow.label}`, 4 * cells);
  const next = tape.scratch(`next of ${flow.label}`, 4 * pixels);
  const fractions = tape.scratch(`fractions of ${flow.label}`, 8 * pixels);
  const perCell = workgroupsFor(cells, 64);
  tape.dispatch(clearHeads, { params, reads: [], writes: [heads], workgroups: perCell });
  tape.dispatch(buildLists, {
    params,
    reads: [flow.storage],
    writes: [heads, next, fractions],
    workgroups: workgroupsFor(pixels, 64),
  });
  tape.dispatch(sortLists, { params, reads: [], writes: [heads, next], workgroups: perCell });
  return { heads, next, fractions };
}
