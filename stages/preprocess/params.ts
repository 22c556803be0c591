/** Section preprocess of params.yaml. */
import { integer, number, section, seed, side } from "../../pipeline/common/params/rules.ts";

export const preprocessSchema = section({
  seed: seed(),
  scenes_train: integer(1, 1_000_000),
  scenes_validation: integer(1, 100_000),
  scenes_test: integer(1, 100_000),
  scene_size: side(),
  holdout_share: number(0, 1),
});
