/**
 * The unrolled cost at single places of a flow: the masked derivatives c, and what T steps of the inner minimisation make of
 * them, the auxiliary q and the multiplier beta. By the kernels of the loss, on the same quarter grid.
 */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { areaDownsample } from "../../pipeline/compute/ops/area_downsample.ts";
import { resize } from "../../pipeline/compute/ops/resize.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { refinement, workingSide } from "../../pipeline/direct/direct.ts";
import { SMOOTHNESS } from "../../pipeline/flow/refinement.ts";
import { maskedSobel } from "../../pipeline/smoothness/ops/masked_sobel.ts";
import { unrolledIterates } from "../../pipeline/smoothness/ops/unrolled_cost.ts";
import type { PenaltySettings } from "../../pipeline/unrolling/penalty.ts";
import { planes } from "./planes.ts";

/** Channels of the values, as people read them. */
export const DERIVATIVES = ["∂u/∂x", "∂v/∂x", "∂u/∂y", "∂v/∂y"] as const;
/** Pixels of a cell's side. */
const CELL = 4;

export interface FlowIterates {
  /** Of the quarter grid. */
  readonly width: number;
  readonly height: number;
  /** Each [4, h, w] in the order of {@link DERIVATIVES}, of a flow in pixels of the quarter grid. */
  readonly c: Float32Array;
  readonly q: Float32Array;
  readonly beta: Float32Array;
}

/**
 * @param frame1 [H, W, 3] RGB, whose edges weaken c
 * @param forward [H, W, 2] in pixels
 * @throws {Error} when T is no whole number or a weight is out of its range
 */
export async function flowIterates(
  gpu: Gpu,
  { width, height, frame1, forward }: {
    readonly width: number;
    readonly height: number;
    readonly frame1: Uint8Array;
    readonly forward: Float32Array;
  },
  settings: Pick<PenaltySettings, "unrollIterations" | "rho" | "lambda" | "eta">,
): Promise<FlowIterates> {
  const scales = refinement(1);
  const size = { width: workingSide(width, scales), height: workingSide(height, scales) };
  const cells = { width: size.width / CELL, height: size.height / CELL };
  const perCell = [size.width / width / CELL, size.height / height / CELL];
  const tape = new Tape(gpu, { gradients: false });
  const image = tape.persistent("frame 1", [1, 3, height, width]);
  const flow = tape.persistent("flow", [1, 2, height, width]);
  tape.write(image, planes(frame1, 3).map((value) => value / 255));
  tape.write(flow, planes(forward.map((value, i) => value * perCell[i % 2]), 2));
  const small = areaDownsample(
    tape,
    resize(tape, image, size.height, size.width),
    cells.height,
    cells.width,
  );
  const quarter = resize(tape, flow, cells.height, cells.width);
  const { c } = maskedSobel(tape, quarter, small, SMOOTHNESS);
  const { unrollIterations, rho, lambda, eta } = settings;
  const { q, beta } = unrolledIterates(tape, c, { iteration: unrollIterations, rho, lambda, eta });
  const kept = [c, q, beta].map((value) => tape.keep(value));
  (await tape.finish()).run();
  const values = await Promise.all(kept.map((value) => tape.read(value)));
  gpu.check();
  return { ...cells, c: values[0], q: values[1], beta: values[2] };
}

/** Of one pixel of the pictures: each of c, q and beta for the four derivatives. */
export function iteratesAt(
  { width, height, c, q, beta }: FlowIterates,
  picture: { readonly width: number; readonly height: number },
  x: number,
  y: number,
): { c: number; q: number; beta: number }[] {
  const column = Math.floor((x + 0.5) / picture.width * width);
  const row = Math.floor((y + 0.5) / picture.height * height);
  return DERIVATIVES.map((_, channel) => {
    const i = (channel * height + row) * width + column;
    return { c: c[i], q: q[i], beta: beta[i] };
  });
}
