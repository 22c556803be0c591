/**
 * Divides the scenes of a real data set into those whose frames may train and those kept out. Whole
 * scenes, never single pairs: neighbouring frames are nearly the same picture.
 */
import type { Rng } from "../common/rng.ts";
import type { PairFiles } from "./layouts/layout.ts";

/** share: scenes drawn at random; usual: the official or usual split, of data sets that have one, else the share. */
export const HOLDOUTS = ["share", "usual"] as const;
export type Holdout = typeof HOLDOUTS[number];

export interface RealSplits {
  /** Scored with truth: the pairs of held-out scenes, or all pairs when nothing is held out. */
  evaluation: PairFiles[];
  /** Frames only. */
  training: PairFiles[];
  /** The test part of a benchmark: without truth, never trained on. */
  test: PairFiles[];
}

/**
 * @param holdout how the scenes that are held out are chosen
 * @param share of the scenes that is held out, 0 to 1; above 0 at least one scene, and of several
 *   scenes at least one stays for training unless the share is 1
 * @param pairs all pairs of a source, so that the passes of a scene go the same way
 * @param rng decides which scenes
 */
export function holdOut(
  pairs: readonly PairFiles[],
  { holdout = "share", share, rng }: { holdout?: Holdout; share: number; rng: Rng },
): RealSplits {
  const test = pairs.filter((pair) => pair.part === "test");
  const rest = pairs.filter((pair) => pair.part !== "test");
  if (holdout === "usual" && rest.some((pair) => pair.part !== undefined)) {
    const isHeld = (pair: PairFiles) => pair.part === "validation";
    return {
      evaluation: rest.filter((pair) => pair.flow !== undefined && isHeld(pair)),
      training: rest.filter((pair) => !isHeld(pair)),
      test,
    };
  }
  const scenes = [...new Set(rest.map((pair) => pair.scene))].sort();
  for (let i = scenes.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [scenes[i], scenes[j]] = [scenes[j], scenes[i]];
  }
  const held = new Set(scenes.slice(0, heldCount(scenes.length, share)));
  return {
    evaluation: rest.filter((pair) =>
      pair.flow !== undefined && (held.size === 0 || held.has(pair.scene))
    ),
    training: rest.filter((pair) => !held.has(pair.scene)),
    test,
  };
}

function heldCount(scenes: number, share: number): number {
  if (share <= 0) return 0;
  if (share >= 1 || scenes === 1) return scenes;
  return Math.min(scenes - 1, Math.max(1, Math.round(share * scenes)));
}
