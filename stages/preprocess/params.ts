/** Section preprocess of params.yaml. */
import {
  choice,
  flag,
  integer,
  number,
  section,
  seed,
  side,
} from "../../pipeline/common/params/rules.ts";
import { HOLDOUTS } from "../../pipeline/pairs/holdout.ts";

export const preprocessSchema = section({
  seed: seed(),
  scenes_test: integer(1, 100_000),
  scene_size: side(),
  holdout: choice(...HOLDOUTS),
  holdout_share: number(0, 1),
  test_frames: flag(),
  real_validation_pairs: integer(0, 100_000),
});
