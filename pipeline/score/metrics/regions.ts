/**
 * The regions of a picture over which errors are averaged. A pixel belongs to any number of them;
 * only pixels whose true flow is known belong to any. What a pair does not know (occlusion,
 * foreground) leaves the regions that need it empty.
 *
 * - all; noc: visible in both frames; occ: visible in frame 1 only (Sintel: matched, unmatched).
 * - boundary: at most 5 px from a pixel whose true flow differs by more than 1 px (length of the
 *   difference) from one of its four neighbours; interior: the others.
 * - d0_10, d10_60, d60_140: by distance in px to the nearest pixel that differs in occlusion from one
 *   of its four neighbours (Butler et al., "A Naturalistic Open Source Movie for Optical Flow
 *   Evaluation", ECCV 2012).
 * - s0_10, s10_40, s40_plus: by length of the true flow in px (the same).
 * - bg, fg: background and foreground by KITTI's map of moving objects.
 *
 * Intervals hold their lower end and not their upper one. Distances are Euclidean between pixel
 * centres, and both pixels of a differing pair have distance 0.
 */
import { squaredDistances } from "./distance.ts";

/** True flow of one pair and what is known about its pixels. */
export interface Truth {
  readonly width: number;
  readonly height: number;
  /** [H, W, 2]: u right, v down, in pixels. */
  readonly flow: Float32Array;
  /** [H, W], 1 where the true flow is known; everywhere when absent. */
  readonly valid?: Uint8Array;
  /** [H, W], 1 where the pixel is not visible in frame 2. */
  readonly occluded?: Uint8Array;
  /** [H, W], not 0 on moving objects. */
  readonly foreground?: Uint8Array;
}

export const REGIONS = [
  "all",
  "noc",
  "occ",
  "boundary",
  "interior",
  "d0_10",
  "d10_60",
  "d60_140",
  "s0_10",
  "s10_40",
  "s40_plus",
  "bg",
  "fg",
] as const;

export type Region = typeof REGIONS[number];

const BOUNDARY_JUMP_PX = 1;
const BOUNDARY_DISTANCE_PX = 5;

const BIT = Object.fromEntries(REGIONS.map((region, k) => [region, 1 << k])) as Record<
  Region,
  number
>;

/** @returns [H, W]: bit k is set where the pixel belongs to REGIONS[k] */
export function regionMembership(truth: Truth): Uint16Array {
  const { width, height, flow, valid, occluded, foreground } = truth;
  const pixels = width * height;
  const motion = squaredDistances(motionJumps(truth), width, height);
  const occlusion = occluded && squaredDistances(occlusionJumps(truth), width, height);
  const membership = new Uint16Array(pixels);
  for (let i = 0; i < pixels; i++) {
    if (valid && !valid[i]) continue;
    const speed = Math.sqrt(flow[2 * i] ** 2 + flow[2 * i + 1] ** 2);
    let bits = BIT.all;
    bits |= motion[i] <= BOUNDARY_DISTANCE_PX ** 2 ? BIT.boundary : BIT.interior;
    bits |= speed < 10 ? BIT.s0_10 : speed < 40 ? BIT.s10_40 : BIT.s40_plus;
    if (occluded) bits |= occluded[i] ? BIT.occ : BIT.noc;
    if (occlusion) bits |= occlusionBand(occlusion[i]);
    if (foreground) bits |= foreground[i] ? BIT.fg : BIT.bg;
    membership[i] = bits;
  }
  return membership;
}

function occlusionBand(squared: number): number {
  if (squared < 10 ** 2) return BIT.d0_10;
  if (squared < 60 ** 2) return BIT.d10_60;
  return squared < 140 ** 2 ? BIT.d60_140 : 0;
}

function motionJumps(truth: Truth): Uint8Array {
  const { flow } = truth;
  return markDifferences(truth, (i, j) => {
    const du = flow[2 * i] - flow[2 * j], dv = flow[2 * i + 1] - flow[2 * j + 1];
    return du * du + dv * dv > BOUNDARY_JUMP_PX ** 2;
  });
}

function occlusionJumps(truth: Truth): Uint8Array {
  const occluded = truth.occluded!;
  return markDifferences(truth, (i, j) => !occluded[i] !== !occluded[j]);
}

/** Marks both pixels of every pair of neighbours that differ; a pixel of unknown flow differs from none. */
function markDifferences(
  { width, height, valid }: Truth,
  differ: (i: number, j: number) => boolean,
): Uint8Array {
  const marked = new Uint8Array(width * height);
  const compare = (i: number, j: number) => {
    if (valid && !(valid[i] && valid[j])) return;
    if (differ(i, j)) marked[i] = marked[j] = 1;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (x + 1 < width) compare(i, i + 1);
      if (y + 1 < height) compare(i, i + width);
    }
  }
  return marked;
}
