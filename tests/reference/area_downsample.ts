/** Twin of pipeline/compute/ops/area_downsample.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function areaDownsample64(input: Tensor64, height: number, width: number): Tensor64 {
  const [n, c, h, w] = input.shape;
  const out = zeros64([n, c, height, width]);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          let sum = 0, count = 0;
          for (let y = Math.floor(i * h / height); y < Math.ceil((i + 1) * h / height); y++) {
            for (let x = Math.floor(j * w / width); x < Math.ceil((j + 1) * w / width); x++) {
              sum += input.data[at(input.shape, image, channel, y, x)];
              count++;
            }
          }
          out.data[at(out.shape, image, channel, i, j)] = sum / count;
        }
      }
    }
  }
  return out;
}
