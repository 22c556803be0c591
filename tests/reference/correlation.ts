/** Twin of pipeline/compute/network/ops/correlation.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function correlation64(
  first: Tensor64,
  second: Tensor64,
  displacement: number,
  leakyRelu: boolean,
): Tensor64 {
  const [n, c, h, w] = first.shape, side = 2 * displacement + 1;
  const out = zeros64([n, side * side, h, w]);
  for (let image = 0; image < n; image++) {
    for (let dy = -displacement; dy <= displacement; dy++) {
      for (let dx = -displacement; dx <= displacement; dx++) {
        const channel = side * (dy + displacement) + dx + displacement;
        for (let y = Math.max(0, -dy); y < Math.min(h, h - dy); y++) {
          for (let x = Math.max(0, -dx); x < Math.min(w, w - dx); x++) {
            let sum = 0;
            for (let k = 0; k < c; k++) {
              sum += first.data[at(first.shape, image, k, y, x)] *
                second.data[at(second.shape, image, k, y + dy, x + dx)];
            }
            const mean = sum / c;
            out.data[at(out.shape, image, channel, y, x)] = leakyRelu && mean < 0
              ? 0.1 * mean
              : mean;
          }
        }
      }
    }
  }
  return out;
}
