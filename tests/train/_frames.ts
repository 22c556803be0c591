/** Pairs in memory as a source of a sampler. */
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import type { FrameSource } from "../../pipeline/train/sampler.ts";

export function framesOf(pairs: readonly FramePair[]): FrameSource<FramePair> {
  return {
    pairs,
    rows: ({ width, ...frames }, frame, top, count) =>
      Promise.resolve(frames[frame].slice(3 * width * top, 3 * width * (top + count))),
  };
}
