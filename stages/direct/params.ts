/** Section direct of params.yaml. */
import type { z } from "zod";
import { integer, positive, section } from "../../pipeline/common/params/rules.ts";
import { similarity } from "../../pipeline/compute/photometric_params.ts";
import { drawing } from "../../pipeline/score/params.ts";
import { smoothing } from "../../pipeline/smoothness/params.ts";

export const directSchema = section({
  ...similarity,
  ...smoothing,
  learning_rate: positive(10),
  pairs_per_batch: integer(1, 4096),
  ...drawing,
});

export type DirectParams = z.infer<typeof directSchema>;
