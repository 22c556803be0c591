/** A small pair whose arrays all differ, for tests of the viewer's data. */
import type { FramePair } from "../../../pipeline/common/io/pair.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

/** Frames are smooth with a little noise; flow points right and up, more so to the right. */
export function drawnPair(
  name: string,
  { width = 21, height = 13, dataset = "drawn", seed = 1 } = {},
): FramePair {
  const rng = new Rng(seed).fork(name);
  const pixels = width * height;
  const frame = (shift: number) =>
    Uint8Array.from({ length: 3 * pixels }, (_, i) => {
      const x = Math.floor(i / 3) % width, y = Math.floor(i / 3 / width);
      return 60 + 40 * (i % 3) + 3 * (x + shift) + 2 * y + rng.integer(4);
    });
  return {
    name,
    scene: name,
    dataset,
    width,
    height,
    frame1: frame(0),
    frame2: frame(3),
    flow: Float32Array.from(
      { length: 2 * pixels },
      (_, i) => i % 2 === 0 ? 2 + 0.25 * ((i >> 1) % width) : -1,
    ),
    valid: Uint8Array.from({ length: pixels }, (_, i) => i % 7 === 3 ? 0 : 1),
    occluded: Uint8Array.from({ length: pixels }, (_, i) => i % width < 2 ? 1 : 0),
  };
}
