/**
 * Sharpens flows where motion changes: pixels take the flow of those neighbours by which they match best, and what then does not
 * come back from the other picture, since it is hidden there or has left it, takes the flow of what looks alike around it.
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
/** Of each direction two, and two after both. */
const PARTS = 8;

/**
 * On the host, in small parts.
 * @param flows both directions, [H, W, 2] in pixels, of numbers
 * @param onProgress told after each part how much is done, from 0 to 1; a promise that it returns is waited for, so that whatever
 * else is to be done on the host can be done then
 * @returns as many
 */
export async function sharpened(
  pair: PicturePair,
  { forward, backward }: FlowPair,
  onProgress?: (share: number) => unknown,
): Promise<FlowPair> {
  const { width, height, frame1, frame2 } = pair;
  const turned = { ...pair, frame1: frame2, frame2: frame1 };
  const first = { frame: frame1, width, height }, second = { ...first, frame: frame2 };
  let done = 0;
  const onRows = async (share: number) => {
    await onProgress?.((done + share) / PARTS);
  };
  const whole = async (part: Promise<Float32Array>) => {
    const result = await part;
    done++;
    return result;
  };
  const matching = async (pair: PicturePair, flow: Float32Array, picture: typeof first) => {
    const smooth = await whole(weightedMedians(flow, picture, NEAR, { onRows }));
    return await whole(propagated(pair, smooth, { onRows }));
  };
  const filled = async (flow: Float32Array, other: Float32Array, picture: typeof first) => {
    const { occluded } = compareDirections(flow, other, width, height);
    const seen = occluded.map((hidden) => 1 - hidden);
    const masks = { at: occluded, of: seen, onRows };
    const all = await whole(weightedMedians(flow, picture, WIDE, masks));
    return await whole(weightedMedians(all, picture, NEAR, { onRows }));
  };
  const there = await matching(pair, forward, first);
  const back = await matching(turned, backward, second);
  const flows = {
    forward: await filled(there, back, first),
    backward: await filled(back, there, second),
  };
  await onProgress?.(1);
  return flows;
}
