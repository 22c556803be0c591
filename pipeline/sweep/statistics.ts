/**
 * The one statistic of a comparison of runs that no library has: a paired bootstrap over pairs of frames, weighed by their
 * pixels and drawn by our own seeded generator. Means, deviations and quantiles are those of simple-statistics.
 */
import { quantileSorted } from "simple-statistics";
import type { Rng } from "../common/rng.ts";

/** What one pair adds to a mean over pixels. */
export interface WeighedPair {
  /** Pixels; a pair with 0 adds nothing. */
  readonly weight: number;
  /** Mean errors over them, of the two methods that are compared. */
  readonly value: number;
  readonly reference: number;
}

export interface Difference {
  /** 100 (mean of value / mean of reference - 1): below 0 the value is lower. */
  readonly percent: number;
  /** Of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/**
 * The relative difference of two pooled means over the same pairs, and its 95 % interval: percentiles over resamples of
 * the pairs with replacement (paired bootstrap; Efron & Tibshirani 1993, section 13.3).
 * @returns undefined where no pair has weight, or the reference is 0
 */
export function pairedDifference(
  pairs: readonly WeighedPair[],
  { resamples, rng }: { resamples: number; rng: Rng },
): Difference | undefined {
  const percentOf = (chosen: Iterable<WeighedPair>) => {
    let value = 0, reference = 0;
    for (const pair of chosen) {
      value += pair.weight * pair.value;
      reference += pair.weight * pair.reference;
    }
    return 100 * (value / reference - 1);
  };
  const weighed = pairs.filter(({ weight }) => weight > 0);
  const percent = percentOf(weighed);
  if (!Number.isFinite(percent)) return undefined;
  const drawn = weighed.slice();
  const percents: number[] = [];
  for (let round = 0; round < resamples; round++) {
    for (let i = 0; i < drawn.length; i++) drawn[i] = weighed[rng.integer(weighed.length)];
    const resampled = percentOf(drawn);
    // A resample of pairs without any error has no relative difference.
    if (Number.isFinite(resampled)) percents.push(resampled);
  }
  percents.sort((a, b) => a - b);
  const [low, high] = [0.025, 0.975].map((share) => quantileSorted(percents, share));
  return { percent, low, high };
}
