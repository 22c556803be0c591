/** How well a flow explains two pictures: the one thing that can be said of it where nobody knows the truth. */
import type { FramePair } from "../common/io/pair.ts";
import { bilinear } from "./sampling.ts";

/**
 * Mean absolute difference of frame 1 and frame 2 warped back, in levels of 0 to 255. Over all pixels, beyond the border its
 * nearest pixel: were hidden pixels left out, a flow could choose those that it is judged by.
 * @param flow [H, W, 2] in pixels; absent for no motion
 */
export function photometricError(
  { frame1, frame2, width, height }: Pick<FramePair, "frame1" | "frame2" | "width" | "height">,
  flow?: Float32Array,
): number {
  const level = bilinear(frame2, 3, { width, height });
  let sum = 0;
  for (let i = 0; i < width * height; i++) {
    const x = i % width + (flow?.[2 * i] ?? 0);
    const y = Math.floor(i / width) + (flow?.[2 * i + 1] ?? 0);
    for (let channel = 0; channel < 3; channel++) {
      sum += Math.abs(frame1[3 * i + channel] - level(x, y, channel));
    }
  }
  return sum / frame1.length;
}
