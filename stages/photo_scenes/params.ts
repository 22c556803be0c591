/** Sections textures, preprocess and quick_scenes of models/params.yaml. */
import {
  choice,
  distinct,
  integer,
  number,
  positive,
  section,
  seed,
  side,
} from "../../pipeline/common/params/rules.ts";
import { PHOTO_SOURCES } from "../../pipeline/photo_scenes/sources.ts";

const NAMES = PHOTO_SOURCES.map(({ name }) => name);

export const texturesSchema = section({
  sources: distinct(choice(...NAMES), NAMES.join(", "), 1),
  largest_side_px: integer(64, 4096),
});

const scenes = {
  seed: seed(),
  scenes_train: integer(1, 1_000_000),
  scenes_validation: integer(1, 100_000),
  scene_size: side(),
  most_objects: integer(1, 64),
  largest_motion_px: positive(4096),
  first_scale: number(0, 1),
  last_scale: number(0, 1),
};

/** By the stages that draw scenes. */
export const PHOTO_SCENES = {
  preprocess: section({ ...scenes, scenes_test: integer(1, 100_000) }),
  quick_scenes: section(scenes),
};
