/** Twin of pipeline/smoothness/ops/total_variation.ts. */
import { type Tensor64, zeros64 } from "./tensor64.ts";

export function totalVariation64(c: Tensor64): Tensor64 {
  const out = zeros64([1, 1, 1, 1]);
  for (const value of c.data) out.data[0] += Math.abs(value) / c.data.length;
  return out;
}
