/** Section scenes of sweep/params.yaml. */
import { integer, section, seed, side } from "../../pipeline/common/params/rules.ts";

export const scenesSchema = section({
  seed: seed(),
  scenes_train: integer(1, 1_000_000),
  scenes_validation: integer(1, 100_000),
  scenes_test: integer(1, 100_000),
  scene_size: side(),
});
