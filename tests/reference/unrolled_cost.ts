/** Twin of pipeline/smoothness/ops/unrolled_cost.ts. */
import type { UnrolledCostOptions } from "../../pipeline/smoothness/ops/unrolled_cost.ts";
import { type Tensor64, zeros64 } from "./tensor64.ts";

/** q_t and beta_t for t = 0 .. T of one element, and the thresholded arguments |c - beta_{t-1}|. */
export function iterates64(
  c: number,
  { unrollIterations, rho, lambda, eta }: UnrolledCostOptions,
): { q: number[]; beta: number[]; thresholded: number[] } {
  const q = [0], beta = [0], thresholded: number[] = [];
  const threshold = lambda / rho;
  for (let t = 1; t <= unrollIterations; t++) {
    const d = c - beta[t - 1];
    thresholded.push(Math.abs(d));
    q.push(Math.abs(d) >= threshold ? d - threshold * Math.sign(d) : 0);
    beta.push(beta[t - 1] + eta * (q[t] - c));
  }
  return { q, beta, thresholded };
}

/** @param frozen where given, q and beta are those of this tensor: the derivative is then that with stopGradient */
export function unrolledCost64(
  c: Tensor64,
  options: UnrolledCostOptions,
  frozen: Tensor64 = c,
): Tensor64 {
  const { unrollIterations, rho, weight = 1 } = options;
  const out = zeros64([1, 1, 1, 1]);
  c.data.forEach((value, i) => {
    const { q, beta } = iterates64(frozen.data[i], options);
    for (let t = 0; t <= unrollIterations; t++) out.data[0] += (q[t] - value + beta[t]) ** 2;
  });
  out.data[0] *= weight * rho / 2 / (unrollIterations + 1) / c.data.length;
  return out;
}
