/** Twin of pipeline/compute/ops/upsample.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function upsample64(
  input: Tensor64,
  height: number,
  width: number,
  factor: number,
): Tensor64 {
  const [n, c, h, w] = input.shape;
  const out = zeros64([n, c, height, width]);
  const value = (image: number, channel: number, y: number, x: number) =>
    input.data[at(input.shape, image, channel, Math.min(y, h - 1), Math.min(x, w - 1))];
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      for (let i = 0; i < height; i++) {
        const y = height > 1 ? i * (h - 1) / (height - 1) : 0, top = Math.floor(y), down = y - top;
        for (let j = 0; j < width; j++) {
          const x = width > 1 ? j * (w - 1) / (width - 1) : 0,
            left = Math.floor(x),
            right = x - left;
          out.data[at(out.shape, image, channel, i, j)] = (1 - down) *
              ((1 - right) * value(image, channel, top, left) +
                right * value(image, channel, top, left + 1)) +
            down *
              ((1 - right) * value(image, channel, top + 1, left) +
                right * value(image, channel, top + 1, left + 1));
        }
      }
    }
  }
  out.data.forEach((value, index) => out.data[index] = factor * value);
  return out;
}
