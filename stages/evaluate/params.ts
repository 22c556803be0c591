/** Section evaluate of params.yaml. */
import { integer, positive, section } from "../../pipeline/common/params/rules.ts";
import { similarity } from "../../pipeline/compute/photometric_params.ts";
import { drawing } from "../../pipeline/score/params.ts";
import { smoothing } from "../../pipeline/smoothness/params.ts";

export const evaluateSchema = section({
  real_scale: positive(4),
  ...drawing,
  refine_steps: integer(0, 100_000),
  learning_rate: positive(10),
  ...similarity,
  ...smoothing,
});
