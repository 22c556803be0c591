/** Twin of pipeline/compute/ops/nearest_downsample.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function nearestDownsample64(mask: Tensor64, height: number, width: number): Tensor64 {
  const [n, c, h, w] = mask.shape;
  const out = zeros64([n, c, height, width]);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          const y = Math.floor(i * h / height), x = Math.floor(j * w / width);
          out.data[at(out.shape, image, channel, i, j)] =
            mask.data[at(mask.shape, image, channel, y, x)];
        }
      }
    }
  }
  return out;
}
