/** Twin of pipeline/compute/ops/second_pass_loss.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function secondPassLoss64(
  prediction: Tensor64,
  target: Tensor64,
  mask: Tensor64,
  epsilon: number,
  exponent: number,
): Tensor64 {
  const [n, c, h, w] = prediction.shape;
  const out = zeros64([1, 1, 1, 1]);
  let sum = 0, visible = 0;
  for (let image = 0; image < n; image++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const weight = mask.data[at(mask.shape, image, 0, y, x)];
        visible += weight;
        for (let k = 0; k < c; k++) {
          const i = at(prediction.shape, image, k, y, x);
          sum += weight * (Math.abs(prediction.data[i] - target.data[i]) + epsilon) ** exponent;
        }
      }
    }
  }
  out.data[0] = sum / (n * c * h * w) / (visible / (n * h * w) + 1e-7);
  return out;
}
