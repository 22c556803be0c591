/** Twin of pipeline/compute/network/ops/concatenate.ts. */
import { type Tensor64, zeros64 } from "./tensor64.ts";

export function concatenate64(parts: readonly Tensor64[]): Tensor64 {
  const [n, , h, w] = parts[0].shape;
  const out = zeros64([n, parts.reduce((sum, { shape }) => sum + shape[1], 0), h, w]);
  let place = 0;
  for (let image = 0; image < n; image++) {
    for (const { shape, data } of parts) {
      const length = shape[1] * h * w;
      out.data.set(data.subarray(image * length, (image + 1) * length), place);
      place += length;
    }
  }
  return out;
}
