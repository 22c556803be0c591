/** The keys of the smoothness under test, in every section that has one, and what the loss takes of them. */
import type { z } from "zod";
import { choice, flag, integer, number, positive } from "../common/params/rules.ts";
import type { SmoothnessTerm } from "../compute/smoothness_term.ts";
import { smoothnessLoss } from "./loss.ts";
import { TERM_NAMES } from "./terms.ts";

export const smoothing = {
  smoothness: choice(...TERM_NAMES),
  unroll_iterations: integer(0, 64),
  rho: positive(1000),
  lambda: positive(1000),
  eta: positive(10),
  edge_alpha: number(0, 10_000),
  order: choice("1st", "2nd"),
  border: choice("zero", "replicate"),
  stop_gradient: flag(),
  w_smooth: number(0, 1_000_000),
};

export type SmoothingParams = z.infer<z.ZodObject<typeof smoothing>>;

/** The smoothness under test of a section; undefined for none. */
export function smoothnessOf(params: SmoothingParams): SmoothnessTerm | undefined {
  return smoothnessLoss({
    smoothness: params.smoothness,
    unrollIterations: params.unroll_iterations,
    rho: params.rho,
    lambda: params.lambda,
    eta: params.eta,
    edgeAlpha: params.edge_alpha,
    order: params.order,
    border: params.border,
    stopGradient: params.stop_gradient,
    wSmooth: params.w_smooth,
  });
}
