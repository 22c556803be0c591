/**
 * Flows from neighbours. Where motion changes, a network gives a mixture of both sides, while a few pixels away it is right: so each
 * pixel tries the flows of pixels around it and small changes of its own, in turns from far and large to near and small, and keeps
 * the one by which its surroundings match best (propagation and search: Barnes et al., PatchMatch, SIGGRAPH 2009; the cost of a
 * match, truncated, of colours and gradients: Bleyer et al., PatchMatch Stereo, BMVC 2011).
 */
import { defineKernel } from "../../compute/gpu/kernel.ts";
import type { Storage } from "../../compute/gpu/tensor.ts";
import type { Tape } from "../../compute/tape.ts";
import { type Bands, workgroupsOf } from "./bands.ts";
import code from "./propagation.wgsl" with { type: "text" };

/**
 * How far neighbours are whose flows are tried, in pixels: eight of them at each distance. After those at one distance, each
 * component of the flow is changed by an eighth of it, up and down.
 */
const DISTANCES = [16, 8, 4, 2, 1];
const CHANGE = 1 / 8;
/** Of a pixel, as in propagation.wgsl. */
const STEPS = 64;
/** A neighbour's flow must be better by a tenth of a level in the mean, of UNITS as in propagation.wgsl, or noise decides. */
const LEAST_GAIN = 19;
/** Matches are compared over squares of 2 RADIUS + 1 pixels, as in propagation.wgsl. */
const RADIUS = 3;
/** What a pixel depends on lies no farther away: each round adds the square that is compared, and its distance. */
export const REACH = DISTANCES.reduce((sum, distance) => sum + distance + 2 * RADIUS, 0);

/** A flow that is tried: of which neighbour, and how it is changed, in steps. */
interface Try {
  readonly dx: number;
  readonly dy: number;
  readonly du: number;
  readonly dv: number;
  readonly leastGain: number;
}

const OWN: Try = { dx: 0, dy: 0, du: 0, dv: 0, leastGain: 0 };
const SIDES = [-1, 0, 1];

/** Tries that all begin from the same flows. */
const ROUNDS: readonly (readonly Try[])[] = DISTANCES.flatMap((distance) => {
  const neighbours = SIDES.flatMap((y) =>
    SIDES.map((x) => ({ dx: x * distance, dy: y * distance }))
  )
    .filter(({ dx, dy }) => dx !== 0 || dy !== 0);
  const change = STEPS * CHANGE * distance;
  return [
    neighbours.map((place) => ({ ...OWN, ...place, leastGain: LEAST_GAIN })),
    [-change, change].flatMap((size) => [{ ...OWN, du: size }, { ...OWN, dv: size }]),
  ];
});

const define = (entryPoint: string, reads: number, writes: number) =>
  defineKernel("propagation", code, entryPoint, { reads, writes });
const features = define("features", 1, 1);
const keep = define("keep", 1, 1);
const mismatch = define("mismatch", 4, 1);
const begin = define("begin", 1, 1);
const choose = define("choose", 3, 2);

/** Records colours and slopes of the pictures in the window, by which they are compared. */
export function recordFeatures(tape: Tape, bands: Bands): void {
  const { size: { width }, window, pictures } = bands;
  const params = [width, window, window, 0, 0, 0, 0, 0];
  const workgroups = workgroupsOf(width, window);
  for (const { bytes, features: into } of pictures) {
    tape.dispatch(features, { params, reads: [bytes], writes: [into], workgroups });
  }
}

/**
 * Records that each pixel of the band keeps its flow or takes one of its surroundings.
 * @param from the features of the picture whose flow it is
 * @param to those of the other one
 */
export function recordPropagation(tape: Tape, bands: Bands, from: Storage, to: Storage): void {
  const { size: { width }, window, rows, place, flow } = bands;
  const quads = Math.ceil(width / 4);
  const workgroups = workgroupsOf(quads, Math.ceil(rows / 4));
  const before = tape.scratch("flows before", 8 * width * rows);
  const costs = tape.scratch("costs of flows", 8 * quads * rows);
  const paramsOf = ({ dx, dy, du, dv, leastGain }: Try) => [
    width,
    window,
    rows,
    dx,
    dy,
    du,
    dv,
    leastGain,
  ];
  const match = (tried: Try) => {
    const mismatches = tape.scratch("mismatches", 8 * quads * rows);
    tape.dispatch(mismatch, {
      params: paramsOf(tried),
      reads: [before, from, to, place],
      writes: [mismatches],
      workgroups: workgroupsOf(quads, rows),
    });
    return mismatches;
  };
  const remember = () =>
    tape.dispatch(keep, {
      params: paramsOf(OWN),
      reads: [flow],
      writes: [before],
      workgroups: workgroupsOf(width, rows),
    });
  remember();
  const params = paramsOf(OWN);
  tape.dispatch(begin, { params, reads: [match(OWN)], writes: [costs], workgroups });
  for (const [index, round] of ROUNDS.entries()) {
    if (index > 0) remember();
    for (const tried of round) {
      const params = paramsOf(tried), reads = [match(tried), before, place];
      tape.dispatch(choose, { params, reads, writes: [flow, costs], workgroups });
    }
  }
}
