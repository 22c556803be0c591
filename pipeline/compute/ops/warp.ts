/**
 * Backward warp: looks a picture or feature map up where a flow points (method, section 3). Both gradients are sums in
 * a fixed order, see kernels/compute/warp.wgsl.
 */
import code from "../../../kernels/compute/warp.wgsl" with { type: "text" };
import { defineKernel, type Kernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { f32, type Param, type Workgroups, workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("warp", code, "forward", { reads: 2, writes: 1 });
const flowGradient = defineKernel("warp", code, "flow_gradient", { reads: 3, writes: 1 });
const flowGradientLanes = defineKernel("warp", code, "flow_gradient_lanes", {
  reads: 3,
  writes: 1,
});
const countPixels = defineKernel("warp", code, "count_pixels", { reads: 1, writes: 2 });
const placeRuns = defineKernel("warp", code, "place_runs", { reads: 0, writes: 2 });
const fillRuns = defineKernel("warp", code, "fill_runs", { reads: 3, writes: 1 });
const sortRuns = defineKernel("warp", code, "sort_runs", { reads: 3, writes: 1 });
const sortRunsInOrder = defineKernel("warp", code, "sort_runs", {
  reads: 3,
  writes: 1,
  constants: { LONGEST: 32 },
});
const imageGradient = defineKernel("warp", code, "image_gradient", { reads: 3, writes: 1 });

/** As in the kernel: cells whose runs one thread places, bytes of an entry of a run. */
const CELLS = 16, ENTRY_BYTES = 12;
const MOST_LANES = 8;

export interface WarpOptions {
  /** What lies outside the picture: its nearest border pixel, or 0. Default border. */
  readonly padding?: "border" | "zeros";
  /**
   * True (default): samples at x + flow(x). False: at (x + flow(x)) · W / (W − 1) − ½, as the official code of the
   * paper does with PyTorch 1.3 and later; needed only for its released weights.
   */
  readonly alignCorners?: boolean;
  /**
   * Looks into the other half of the batch: flow i into image (i + N / 2) mod N, for frames or directions of the same
   * pairs. Default false.
   */
  readonly otherHalf?: boolean;
}

/**
 * out(x) = image(x + flow(x)), bilinear; the image is that of the flow, or its partner in the other half.
 * @param image [N, C, H, W]
 * @param flow [N, 2, H, W], u to the right and v down, in pixels
 * @returns [N, C, H, W]
 * @throws {Error} when the flow does not have the batch and size of the image, or an odd batch has no halves
 */
export function warp(tape: Tape, image: Value, flow: Value, options: WarpOptions = {}): Value {
  const { padding = "border", alignCorners = true, otherHalf = false } = options;
  const [n, , h, w] = image.shape;
  if (flow.shape.join() !== [n, 2, h, w].join()) {
    throw new Error(
      `Cannot warp ${image.label}: flow must be [${n}, 2, ${h}, ${w}], got [${
        flow.shape.join(", ")
      }].`,
    );
  }
  if (otherHalf && n % 2 !== 0) {
    throw new Error(
      `Cannot warp ${image.label} by flows of the other half: its batch must be even, got [${image.shape}].`,
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
  const lanes = tape.gpu.family === "gpu" ? lanesFor(slots) : 1;
  const params = [n, h, w, slots, ...geometry, lanes, otherHalf ? n / 2 : 0];
  const perLane = workgroupsFor(pixels * lanes, 64);
  const output = tape.value(`${image.label} warped`, image.shape, image.segments);
  tape.dispatch(forward, {
    params,
    reads: [image.storage, flow.storage],
    writes: [output.storage],
    workgroups: perLane,
  });
  tape.node(output, [image, flow], (dOutput) => {
    if (tape.isDifferentiable(flow)) {
      const dFlow = tape.value(`d ${flow.label}`, flow.shape);
      tape.dispatch(lanes > 1 ? flowGradientLanes : flowGradient, {
        params,
        reads: [image.storage, flow.storage, dOutput.storage],
        writes: [dFlow.storage],
        workgroups: perLane,
      });
      tape.accumulate(flow, dFlow);
    }
    if (tape.isDifferentiable(image)) {
      const { ranges, entries } = cellRuns(tape, flow, geometry);
      const dImage = tape.value(`d ${image.label}`, image.shape, image.segments);
      tape.dispatch(imageGradient, {
        params,
        reads: [dOutput.storage, ranges, entries],
        writes: [dImage.storage],
        workgroups: workgroupsFor(pixels * slots, 64),
      });
      tape.accumulate(image, dImage);
    }
  });
  return output;
}

// On a GPU, neighbouring threads read neighbouring slots: as many share a pixel as it has, up to 128 bytes of them. On a
// CPU driver a thread for each pixel finds out but once where it samples.
function lanesFor(slots: number): number {
  let lanes = 1;
  while (lanes < slots && lanes < MOST_LANES) lanes *= 2;
  return lanes;
}

/** Which pixels sample each cell of the picture, in order, and where in the cell. */
interface CellRuns {
  /** Of each cell: its first entry, and how many it has. */
  readonly ranges: Storage;
  readonly entries: Storage;
}

// The runs depend on the flow only: several images that are warped by it share them.
function cellRuns(tape: Tape, flow: Value, geometry: readonly Param[]): CellRuns {
  const known = tape.once("cell runs of warps", () => new Map<Storage, Map<string, CellRuns>>());
  const ofFlow = known.get(flow.storage) ?? new Map<string, CellRuns>();
  known.set(flow.storage, ofFlow);
  const key = JSON.stringify(geometry);
  const runs = ofFlow.get(key) ?? recordRuns(tape, flow, geometry);
  ofFlow.set(key, runs);
  return runs;
}

function recordRuns(tape: Tape, flow: Value, geometry: readonly Param[]): CellRuns {
  const [n, , h, w] = flow.shape;
  const pixels = n * h * w, cells = n * (h + 1) * (w + 1);
  // These kernels look at no picture: neither its slots nor which one it is matter.
  const params = [n, h, w, 0, ...geometry, 1, 0];
  const scratch = (what: string, bytes: number) => tape.scratch(`${what} of ${flow.label}`, bytes);
  // A new buffer holds zeros, and these kernels leave them there.
  const counts = persistentStorage(tape.gpu, `counts of ${flow.label}`, 4 * (cells + 1));
  const ranges = scratch("ranges", 8 * cells);
  const ranks = scratch("ranks", 4 * pixels), filled = scratch("runs", 4 * pixels);
  const entries = scratch("entries", ENTRY_BYTES * pixels);
  const perPixel = workgroupsFor(pixels, 64);
  const dispatch = (
    kernel: Kernel,
    reads: Storage[],
    writes: Storage[],
    workgroups: Workgroups = perPixel,
  ) => tape.dispatch(kernel, { params, reads, writes, workgroups });
  dispatch(countPixels, [flow.storage], [counts, ranks]);
  dispatch(placeRuns, [], [counts, ranges], workgroupsFor(Math.ceil(cells / CELLS), 64));
  dispatch(fillRuns, [flow.storage, ranges, ranks], [filled]);
  const sort = tape.gpu.family === "gpu" ? sortRuns : sortRunsInOrder;
  dispatch(sort, [flow.storage, ranges, filled], [entries]);
  return { ranges, entries };
}
