/** Section evaluate of params.yaml. */
import { flag, integer, positive, section } from "../../pipeline/common/params/rules.ts";
import { drawing } from "../../pipeline/score/params.ts";

export const evaluateSchema = section({
  real_scale: positive(4),
  ...drawing,
  submissions: flag(),
  refine_steps: integer(0, 100_000),
});
