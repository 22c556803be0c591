/** Pictures and flows between their pixels. */
import type { Size } from "../common/io/resize.ts";

/**
 * Looks up values bilinearly; beyond the border, those of its nearest pixel.
 * @param data [H, W, channels]
 */
export function bilinear(
  data: Uint8Array | Float32Array,
  channels: number,
  { width, height }: Size,
): (x: number, y: number, channel: number) => number {
  return (x, y, channel) => {
    x = Math.min(width - 1, Math.max(0, x));
    y = Math.min(height - 1, Math.max(0, y));
    const left = Math.floor(x), top = Math.floor(y);
    const fx = x - left, fy = y - top;
    const right = left < width - 1 ? channels : 0;
    const below = top < height - 1 ? channels * width : 0;
    const at = channels * (top * width + left) + channel;
    return (1 - fy) * ((1 - fx) * data[at] + fx * data[at + right]) +
      fy * ((1 - fx) * data[at + below] + fx * data[at + below + right]);
  };
}
