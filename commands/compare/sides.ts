/** What is compared: two sides, each with its table of pairs, and how pairs get their pictures. */
import type { PackedPair } from "../../pipeline/picture/viewer/pack.ts";
import type { MatchedPair, Table } from "./differences.ts";

/** A pair as each side predicts it; all else in it is the same. */
export interface ShownPair {
  readonly first: PackedPair;
  readonly second: PackedPair;
  /** Length of flow in pixels at which colours saturate. */
  readonly flowMaximum: number;
}

export interface Sides {
  readonly first: Table;
  readonly second: Table;
  /** What a reader should know of how they came about. */
  readonly notes: readonly string[];
  /** Pictures of some of the pairs, and what is to be said of which. @param pairs all that are compared */
  pictures(
    pairs: readonly MatchedPair[],
  ): Promise<{ readonly shown: readonly ShownPair[]; readonly notes: readonly string[] }>;
}

/** In the order of what they say: by turns the pair that gains most, the one that loses most, and one by its place. */
export function worthAPicture(pairs: readonly MatchedPair[], count: number): MatchedPair[] {
  const gain = ({ first, second }: MatchedPair) => Number(first.epe_px) - Number(second.epe_px);
  const ordered = pairs.toSorted((a, b) => gain(b) - gain(a));
  const chosen = new Set<MatchedPair>();
  const places = Math.ceil(count / 3);
  for (let k = 0; k < places; k++) {
    for (
      const pair of [ordered[k], ordered.at(-1 - k), pairs[Math.floor(k * pairs.length / places)]]
    ) {
      if (pair && chosen.size < count) chosen.add(pair);
    }
  }
  return [...chosen];
}
