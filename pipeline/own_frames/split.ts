/**
 * Which pairs of somebody's frames train, and which are kept out to judge by. Whole clips where there are several; of a single
 * clip its end, and then no frame is in a pair of both.
 */
import type { Rng } from "../common/rng.ts";
import type { PairFiles } from "../pairs/layouts/layout.ts";

export interface OwnSplits {
  readonly training: readonly PairFiles[];
  readonly heldOut: readonly PairFiles[];
  /** A sentence on what is held out, and on what is in neither. */
  readonly description: string;
}

/** One to train on, one to hold out, and between them the one that shares a frame with both. */
const FEWEST_OF_ONE_CLIP = 3;

/**
 * @param pairs clip by clip, those of a clip in the order of its frames
 * @param share of the clips that is held out, or of the pairs of a single one; at least one, and at least one trains
 * @param rng decides which clips
 * @throws {Error} when a single clip has too few pairs to be divided
 */
export function splitByClip(
  pairs: readonly PairFiles[],
  { share, rng }: { share: number; rng: Rng },
): OwnSplits {
  const clips = [...new Set(pairs.map(({ scene }) => scene))];
  if (clips.length === 1) return splitOneClip(pairs, share);
  const shuffled = clips.toSorted();
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  const held = shuffled.slice(0, countOf(clips.length, share)).sort();
  const heldOut = pairs.filter(({ scene }) => held.includes(scene));
  return {
    training: pairs.filter(({ scene }) => !held.includes(scene)),
    heldOut,
    description:
      `held out ${held.length} of ${clips.length} clips with ${heldOut.length} of ${pairs.length} pairs: ` +
      `${held.join(", ")}`,
  };
}

function splitOneClip(pairs: readonly PairFiles[], share: number): OwnSplits {
  if (pairs.length < FEWEST_OF_ONE_CLIP) {
    throw new Error(
      `Cannot divide the frames: ${
        pairs.length === 1 ? "1 pair" : `${pairs.length} pairs`
      } of one clip are too few, ` +
        `${FEWEST_OF_ONE_CLIP} are needed, which is ${
          FEWEST_OF_ONE_CLIP + 1
        } frames. Add frames, or a second clip.`,
    );
  }
  const count = countOf(pairs.length - 1, share);
  const heldOut = pairs.slice(-count);
  return {
    training: pairs.slice(0, pairs.length - count - 1),
    heldOut,
    description:
      `held out the end of the only clip, ${heldOut.length} of ${pairs.length} pairs, and left out the pair before it, ` +
      "which shares a frame with both sides. Neighbouring frames look alike: a second clip would say more",
  };
}

function countOf(all: number, share: number): number {
  return Math.min(all - 1, Math.max(1, Math.round(share * all)));
}
