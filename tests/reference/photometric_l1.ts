/** Twin of pipeline/compute/ops/photometric_l1.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function photometricL164(image1: Tensor64, image2: Tensor64, visible: Tensor64): Tensor64 {
  const [n, c, h, w] = image1.shape;
  const out = zeros64(image1.shape);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const i = at(image1.shape, image, channel, y, x);
          out.data[i] = Math.abs(image1.data[i] - image2.data[i]) *
            visible.data[at(visible.shape, image, 0, y, x)];
        }
      }
    }
  }
  return out;
}
