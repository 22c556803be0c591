/**
 * Divides the scenes of a real data set into those whose frames may train and those kept out. Whole
 * scenes, never single pairs: neighbouring frames are nearly the same picture.
 */
import type { Rng } from "../common/rng.ts";
import type { PairFiles } from "./layouts/layout.ts";

export interface RealSplits {
  /** Scored with truth: the pairs of held-out scenes, or all pairs when nothing is held out. */
  evaluation: PairFiles[];
  /** Frames only. */
  training: PairFiles[];
}

/**
 * @param share of the scenes that is held out, 0 to 1; above 0 at least one scene, and of several
 *   scenes at least one stays for training unless the share is 1
 * @param pairs all pairs of a source, so that the passes of a scene go the same way
 * @param rng decides which scenes
 */
export function holdOut(
  pairs: readonly PairFiles[],
  { share, rng }: { share: number; rng: Rng },
): RealSplits {
  const scenes = [...new Set(pairs.map((pair) => pair.scene))].sort();
  for (let i = scenes.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [scenes[i], scenes[j]] = [scenes[j], scenes[i]];
  }
  const held = new Set(scenes.slice(0, heldCount(scenes.length, share)));
  return {
    evaluation: pairs.filter((pair) =>
      pair.flow !== undefined && (held.size === 0 || held.has(pair.scene))
    ),
    training: pairs.filter((pair) => !held.has(pair.scene)),
  };
}

function heldCount(scenes: number, share: number): number {
  if (share <= 0) return 0;
  if (share >= 1 || scenes === 1) return scenes;
  return Math.min(scenes - 1, Math.max(1, Math.round(share * scenes)));
}
