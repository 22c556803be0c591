/** Sections of the params.yaml of frames of one's own, beside train. */
import {
  integer,
  number,
  positive,
  section,
  seed,
  side,
} from "../../pipeline/common/params/rules.ts";

export const ownPreprocessSchema = section({
  seed: seed(),
  held_out_share: number(0.01, 0.99),
  scenes_validation: integer(1, 100_000),
  scene_size: side(),
});

export const ownEvaluateSchema = section({
  scale: positive(4),
  viewer_pairs: integer(1, 100),
});
