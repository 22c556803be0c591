/** Twin of pipeline/compute/ops/weighted_sum.ts. */
import { type Tensor64, zeros64 } from "./tensor64.ts";

export function weightedSum64(terms: readonly Tensor64[], weights: readonly number[]): Tensor64 {
  const out = zeros64([1, 1, 1, 1]);
  terms.forEach(({ data }, index) => {
    for (const value of data) out.data[0] += weights[index] * value;
  });
  return out;
}
