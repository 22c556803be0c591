/**
 * The splits that a general model is trained on and judged by: scenes_train, whose motion grows from the first scene to the
 * last, scenes_validation and scenes_test, with truth and made of other photographs than the first.
 */
import { packSplit } from "../common/io/pack.ts";
import type { SplitSummary } from "../common/io/splits.ts";
import type { Rng } from "../common/rng.ts";
import type { Photograph } from "./photograph.ts";
import { DATASET, drawPhotoScenes, type PhotoSplit } from "./scenes.ts";

export interface PhotoSplitOptions {
  readonly scenes_train: number;
  readonly scenes_validation: number;
  readonly scenes_test: number;
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

export interface PhotoSplitHooks {
  /** Receives every file of every split. */
  write(split: string, fileName: string, bytes: Uint8Array): Promise<void>;
  /** @param done pairs packed so far @param total pairs in all splits */
  onPair?(done: number, total: number, split: string): void;
}

/** One of so many photographs is kept for validation and test. */
const HELD_OUT = 6;

/**
 * Writes all splits.
 * @returns what they are, in the order in which they were written
 * @throws {Error} when there are too few photographs to keep any out of training
 */
export async function writePhotoSplits(
  options: PhotoSplitOptions,
  { photographs, rng }: { photographs: readonly Photograph[]; rng: Rng },
  { write, onPair }: PhotoSplitHooks,
): Promise<SplitSummary[]> {
  if (photographs.length < HELD_OUT) {
    throw new Error(
      `Cannot draw scenes from ${photographs.length} photographs: at least ${HELD_OUT} are needed, of which one is kept ` +
        `out of training.`,
    );
  }
  const scales = [options.first_scale, options.last_scale] as const;
  const splits: PhotoSplit[] = [
    { split: "scenes_train", count: options.scenes_train, scales, truth: false },
    { split: "scenes_validation", count: options.scenes_validation, scales, truth: true },
    { split: "scenes_test", count: options.scenes_test, scales, truth: true },
  ];
  const total = splits.reduce((sum, { count }) => sum + count, 0);
  const summaries: SplitSummary[] = [];
  let done = 0;
  for (const split of splits) {
    const settings = {
      width: options.scene_size,
      height: options.scene_size,
      largestMotion: options.largest_motion_px,
      mostObjects: options.most_objects,
      photographs: photographs.filter((_, i) => (i % HELD_OUT === HELD_OUT - 1) === split.truth),
    };
    const counted = function* () {
      for (const pair of drawPhotoScenes(rng, split, settings)) {
        yield pair;
        onPair?.(++done, total, split.split);
      }
    };
    const { pairs } = await packSplit(
      split.split,
      counted(),
      (name, bytes) => write(split.split, name, bytes),
    );
    summaries.push({
      split: split.split,
      dataset: DATASET,
      pairs: pairs.length,
      truth: split.truth,
    });
  }
  return summaries;
}
