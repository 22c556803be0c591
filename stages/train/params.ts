/** Section train of params.yaml. */
import { integer, section } from "../../pipeline/common/params/rules.ts";
import { smoothing } from "../../pipeline/smoothness/params.ts";
import { learning } from "../../pipeline/train/params.ts";
import { MOST_STEPS } from "../../pipeline/train/recipe_params.ts";

export const trainSchema = section({
  ...learning,
  ...smoothing,
  w_smooth_ramp_steps: integer(0, MOST_STEPS),
});
