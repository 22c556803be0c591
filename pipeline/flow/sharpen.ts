/**
 * Sharpens flows where motion changes: pixels take the flow of those neighbours by which they match best, and what then does not
 * come back from the other picture, since it is hidden there, takes the flow of what looks alike around it.
 */
import type { FlowPair } from "../direct/direct.ts";
import { compareDirections } from "./agreement.ts";
import type { PicturePair } from "./in_tiles.ts";
import { propagated } from "./propagation.ts";
import { type Neighbourhood, weightedMedians } from "./weighted_median.ts";

/** Of what is seen in both pictures. */
const NEAR: Neighbourhood = { radius: 3, step: 1, fading: Infinity };
/** Of what is hidden: the nearest pixels that are not can be far. */
const WIDE: Neighbourhood = { radius: 10, step: 2, fading: 7 };

/** @param flows both directions, [H, W, 2] in pixels @returns as many */
export function sharpened(pair: PicturePair, { forward, backward }: FlowPair): FlowPair {
  const { width, height, frame1, frame2 } = pair;
  const turned = { ...pair, frame1: frame2, frame2: frame1 };
  const first = { frame: frame1, width, height }, second = { ...first, frame: frame2 };
  const there = propagated(pair, weightedMedians(forward, first, NEAR));
  const back = propagated(turned, weightedMedians(backward, second, NEAR));
  const filled = (flow: Float32Array, other: Float32Array, picture: typeof first) => {
    const { occluded } = compareDirections(flow, other, width, height);
    const seen = occluded.map((hidden) => 1 - hidden);
    const whole = weightedMedians(flow, picture, WIDE, { at: occluded, of: seen });
    return weightedMedians(whole, picture, NEAR);
  };
  return { forward: filled(there, back, first), backward: filled(back, there, second) };
}
