/** Section direct of params.yaml; evaluate refines the network's flow by the same cost. */
import { integer, positive, section } from "../common/params/rules.ts";
import { similarity } from "../compute/photometric_params.ts";
import { drawing } from "../score/params.ts";
import { smoothing } from "../smoothness/params.ts";

const cost = {
  ...similarity,
  ...smoothing,
  learning_rate: positive(10),
};

/** The keys that refinement takes. */
export const COST_KEYS = Object.keys(cost) as (keyof typeof cost)[];

export const directSchema = section({
  ...cost,
  pairs_per_batch: integer(1, 4096),
  ...drawing,
});
