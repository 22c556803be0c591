/** Section train of params.yaml, and what training takes of the smoothness in it. */
import { integer, section } from "../../pipeline/common/params/rules.ts";
import type { SmoothnessTerm } from "../../pipeline/compute/smoothness_term.ts";
import { smoothing, type SmoothingParams, smoothnessOf } from "../../pipeline/smoothness/params.ts";
import { learning } from "../../pipeline/train/params.ts";
import { MOST_STEPS } from "../../pipeline/train/recipe_params.ts";

export const trainSchema = section({
  ...learning,
  ...smoothing,
  w_smooth_ramp_steps: integer(0, MOST_STEPS),
});

/** The term, absent for none, and the steps over which its weight ramps in; 0 for at once. */
export function rampedSmoothness(
  params: SmoothingParams & { readonly w_smooth_ramp_steps: number },
): { term?: SmoothnessTerm; rampSteps: number } {
  return { term: smoothnessOf(params), rampSteps: params.w_smooth_ramp_steps };
}
