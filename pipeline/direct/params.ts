/** Section direct of params.yaml; evaluate refines the network's flow by the same cost. */
import { integer, positive, section } from "../common/params/rules.ts";
import { similarity } from "../compute/photometric_params.ts";
import { drawing } from "../score/params.ts";
import { smoothing } from "../smoothness/params.ts";

export const directSchema = section({
  ...similarity,
  ...smoothing,
  learning_rate: positive(10),
  pairs_per_batch: integer(1, 4096),
  ...drawing,
});
