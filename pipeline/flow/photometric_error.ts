/** How well a flow explains two pictures: the one thing that can be said of it where nobody knows the truth. */
import type { FramePair } from "../common/io/pair.ts";

/**
 * Mean absolute difference of frame 1 and frame 2 warped back, in levels of 0 to 255. Over all pixels, beyond the border its
 * nearest pixel: were hidden pixels left out, a flow could choose those that it is judged by.
 * @param flow [H, W, 2] in pixels; absent for no motion
 */
export function photometricError(
  { frame1, frame2, width, height }: Pick<FramePair, "frame1" | "frame2" | "width" | "height">,
  flow?: Float32Array,
): number {
  const within = (value: number, last: number) => Math.min(last, Math.max(0, value));
  let sum = 0;
  for (let i = 0; i < width * height; i++) {
    const x = within(i % width + (flow?.[2 * i] ?? 0), width - 1);
    const y = within(Math.floor(i / width) + (flow?.[2 * i + 1] ?? 0), height - 1);
    const left = Math.floor(x), top = Math.floor(y);
    const right = Math.min(left + 1, width - 1), bottom = Math.min(top + 1, height - 1);
    const fx = x - left, fy = y - top;
    for (let channel = 0; channel < 3; channel++) {
      const at = (column: number, row: number) => frame2[3 * (row * width + column) + channel];
      const warped = (1 - fy) * ((1 - fx) * at(left, top) + fx * at(right, top)) +
        fy * ((1 - fx) * at(left, bottom) + fx * at(right, bottom));
      sum += Math.abs(frame1[3 * i + channel] - warped);
    }
  }
  return sum / frame1.length;
}
