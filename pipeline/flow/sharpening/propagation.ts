/**
 * Flows from neighbours. Where motion changes, a network gives a mixture of both sides, while a few pixels away it is right: so each
 * pixel tries the flows of pixels around it, from far ones to near ones, and keeps the one by which its surroundings match best
 * (propagation: Barnes et al., PatchMatch, SIGGRAPH 2009; the cost of a match, truncated, of colours and gradients: Bleyer et al.,
 * PatchMatch Stereo, BMVC 2011).
 */
import { defineKernel } from "../../compute/gpu/kernel.ts";
import type { Storage } from "../../compute/gpu/tensor.ts";
import type { Tape } from "../../compute/tape.ts";
import type { Bands } from "./bands.ts";
import code from "./propagation.wgsl" with { type: "text" };

/** How far neighbours are whose flows are tried, in pixels: eight of them at each distance. */
const DISTANCES = [24, 12, 6, 3, 1];
/** Matches are compared over squares of 2 RADIUS + 1 pixels, as in propagation.wgsl. */
const RADIUS = 3;
/** What a pixel depends on lies no farther away: each distance adds itself and the square that is compared. */
export const REACH = DISTANCES.reduce((sum, distance) => sum + distance + RADIUS, 0);

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
  const params = [width, window, window, 0, 0];
  const workgroups = bands.workgroups(width, window);
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
  const workgroups = bands.workgroups(quads, Math.ceil(rows / 4));
  const before = tape.scratch("flows before", 8 * width * rows);
  const costs = tape.scratch("costs of flows", 16 * quads * rows);
  const match = (params: readonly number[]) => {
    const mismatches = tape.scratch("mismatches", 16 * quads * rows);
    tape.dispatch(mismatch, {
      params,
      reads: [before, from, to, place],
      writes: [mismatches],
      workgroups: bands.workgroups(quads, rows),
    });
    return mismatches;
  };
  const here = [width, window, rows, 0, 0];
  const remember = () =>
    tape.dispatch(keep, {
      params: here,
      reads: [flow],
      writes: [before],
      workgroups: bands.workgroups(width, rows),
    });
  remember();
  tape.dispatch(begin, { params: here, reads: [match(here)], writes: [costs], workgroups });
  for (const [index, distance] of DISTANCES.entries()) {
    if (index > 0) remember();
    for (const dy of [-distance, 0, distance]) {
      for (const dx of [-distance, 0, distance]) {
        if (dx === 0 && dy === 0) continue;
        const params = [width, window, rows, dx, dy];
        const reads = [match(params), before, place];
        tape.dispatch(choose, { params, reads, writes: [flow, costs], workgroups });
      }
    }
  }
}
