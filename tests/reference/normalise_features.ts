/** Twin of pipeline/compute/network/ops/normalise_features.ts. */
import { type Tensor64, zeros64 } from "./tensor64.ts";

export function normaliseFeatures64(input: Tensor64): Tensor64 {
  const [n, c, h, w] = input.shape, length = c * h * w;
  const out = zeros64(input.shape);
  for (let sample = 0; sample < n; sample++) {
    const values = input.data.subarray(sample * length, (sample + 1) * length);
    const mean = values.reduce((sum, value) => sum + value) / length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length;
    values.forEach((value, i) =>
      out.data[sample * length + i] = (value - mean) / Math.sqrt(variance + 1e-5)
    );
  }
  return out;
}
