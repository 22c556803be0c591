/** The unrolled smoothness cost, the heart of the method (section 1, steps 4 and 5). */
import code from "../../../kernels/smoothness/unrolled_cost.wgsl" with { type: "text" };
import { defineKernel } from "../../compute/gpu/kernel.ts";
import { slotCount } from "../../compute/gpu/layout.ts";
import { f32, workgroupsFor } from "../../compute/gpu/program.ts";
import { partialsFor, sumPartials } from "../../compute/ops/_sum_partials.ts";
import type { Tape, Value } from "../../compute/tape.ts";

const residuals = defineKernel("unrolled_cost", code, "residuals", { reads: 1, writes: 1 });
const backward = defineKernel("unrolled_cost", code, "backward", { reads: 2, writes: 1 });
const iterates = defineKernel("unrolled_cost", code, "iterates", { reads: 1, writes: 2 });

export interface UnrolledCostOptions {
  /** T: steps of the inner minimisation, any whole number; 0 leaves the plain quadratic. */
  readonly unrollIterations: number;
  /** Weight of the quadratic coupling. */
  readonly rho: number;
  /** Weight of total variation; enters through the threshold lambda / rho only. */
  readonly lambda: number;
  /** Step of the multiplier beta. */
  readonly eta: number;
  /** True: q and beta count as constants in the gradient. */
  readonly stopGradient?: boolean;
  /** Factor of the whole cost, w of the paper; default 1. */
  readonly weight?: number;
}

function checkOptions(c: Value, { unrollIterations, rho, lambda }: UnrolledCostOptions): void {
  if (!Number.isInteger(unrollIterations) || unrollIterations < 0) {
    throw new Error(
      `Cannot unroll the cost of ${c.label}: unrollIterations must be a whole number from 0 on, got ${unrollIterations}.`,
    );
  }
  if (!(rho > 0) || !(lambda >= 0)) {
    throw new Error(
      `Cannot unroll the cost of ${c.label}: rho must be above 0 and lambda at least 0, got rho ${rho} and lambda ${lambda}.`,
    );
  }
}

/**
 * weight (rho / 2) mean over all elements of 1 / (T + 1) sum_{t = 0..T} (q_t - c + beta_t)^2, with the iterates of
 * {@link unrolledIterates}. The gradient passes through all iterates unless stopGradient is set.
 * @param c [N, C, h, w], masked derivatives of a flow
 * @returns a scalar [1, 1, 1, 1]
 * @throws {Error} when T is no whole number, rho is not positive or lambda is negative
 */
export function unrolledCost(tape: Tape, c: Value, options: UnrolledCostOptions): Value {
  checkOptions(c, options);
  const { unrollIterations, rho, lambda, eta, stopGradient = false, weight = 1 } = options;
  const [n, channels, h, w] = c.shape;
  const count = n * h * w * slotCount(c.segments) / 4;
  const partials = partialsFor(tape, count);
  const scale = weight * rho / 2 / (unrollIterations + 1) / (n * channels * h * w);
  const params = [
    count,
    partials.count,
    unrollIterations,
    stopGradient ? 1 : 0,
    f32(lambda / rho),
    f32(eta),
    f32(scale),
  ];
  tape.dispatch(residuals, {
    params,
    reads: [c.storage],
    writes: [partials.storage],
    workgroups: partials.workgroups,
  });
  const loss = sumPartials(tape, "unrolled cost", partials);
  tape.node(loss, [c], (dLoss) => {
    const dC = tape.value(`d ${c.label}`, c.shape, c.segments);
    tape.dispatch(backward, {
      params,
      reads: [c.storage, dLoss.storage],
      writes: [dC.storage],
      workgroups: workgroupsFor(count, 64),
    });
    tape.accumulate(c, dC);
  });
  return loss;
}

/**
 * The iterates after `iteration` steps, to look at: q_0 = beta_0 = 0, q_t = soft(c - beta_{t-1}, lambda / rho),
 * beta_t = beta_{t-1} + eta (q_t - c). No gradient.
 * @param c [N, C, h, w]
 * @returns q and beta [N, C, h, w]
 * @throws {Error} when the iteration is no whole number, rho is not positive or lambda is negative
 */
export function unrolledIterates(
  tape: Tape,
  c: Value,
  { iteration, rho, lambda, eta }:
    & Pick<UnrolledCostOptions, "rho" | "lambda" | "eta">
    & { readonly iteration: number },
): { q: Value; beta: Value } {
  checkOptions(c, { unrollIterations: iteration, rho, lambda, eta });
  const [n, , h, w] = c.shape;
  const count = n * h * w * slotCount(c.segments) / 4;
  const q = tape.value(`q_${iteration}`, c.shape, c.segments);
  const beta = tape.value(`beta_${iteration}`, c.shape, c.segments);
  tape.dispatch(iterates, {
    params: [count, 0, iteration, 0, f32(lambda / rho), f32(eta), f32(0)],
    reads: [c.storage],
    writes: [q.storage, beta.storage],
    workgroups: workgroupsFor(count, 64),
  });
  return { q, beta };
}
