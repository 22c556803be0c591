/**
 * The splits that a general model is trained on and judged by: scenes_train, whose motion grows from the first scene to the
 * last, scenes_validation and scenes_test, with truth and made of other photographs than the first.
 */
import type { PlannedSplit } from "../common/io/planned_splits.ts";
import type { Rng } from "../common/rng.ts";
import type { Photograph } from "./photograph.ts";
import { drawPhotoScenes, type PhotoSplit } from "./scenes.ts";

export interface PhotoSplitOptions {
  readonly scenes_train: number;
  readonly scenes_validation: number;
  /** None is drawn where absent. */
  readonly scenes_test?: number;
  /** Side of a scene in pixels. */
  readonly scene_size: number;
  /** Length of the largest translation, in pixels, at scale 1. */
  readonly largest_motion_px: number;
  /** A scene has 1 to so many objects. */
  readonly most_objects: number;
  /** What motions are multiplied by in the first scene of a split, and in the last. */
  readonly first_scale: number;
  readonly last_scale: number;
}

/** One of so many photographs is kept for validation and test. */
const HELD_OUT = 6;

/** @throws {Error} when there are too few photographs to keep any out of training */
export function planPhotoScenes(
  options: PhotoSplitOptions,
  { photographs, rng }: { photographs: readonly Photograph[]; rng: Rng },
): PlannedSplit[] {
  if (photographs.length < HELD_OUT) {
    throw new Error(
      `Cannot draw scenes from ${photographs.length} photographs: at least ${HELD_OUT} are needed, of which one is kept ` +
        `out of training.`,
    );
  }
  const { scenes_train, scenes_validation, scenes_test } = options;
  const scales = [options.first_scale, options.last_scale] as const;
  const splits: PhotoSplit[] = [
    { split: "scenes_train", count: scenes_train, scales, truth: false },
    { split: "scenes_validation", count: scenes_validation, scales, truth: true },
    ...scenes_test === undefined
      ? []
      : [{ split: "scenes_test", count: scenes_test, scales, truth: true }],
  ];
  return splits.map((split) => {
    const settings = {
      width: options.scene_size,
      height: options.scene_size,
      largestMotion: options.largest_motion_px,
      mostObjects: options.most_objects,
      photographs: photographs.filter((_, i) => (i % HELD_OUT === HELD_OUT - 1) === split.truth),
    };
    return { ...split, pairs: () => drawPhotoScenes(rng, split, settings) };
  });
}
