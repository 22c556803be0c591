/** The few statistics that a comparison of runs needs: mean, spread, quantiles, and a paired bootstrap over pairs. */
import type { Rng } from "../common/rng.ts";

/** @throws {Error} for no values */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new Error("Cannot take the mean of no values.");
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation of a sample, divided by n - 1. @throws {Error} for less than two values */
export function sampleDeviation(values: readonly number[]): number {
  if (values.length < 2) {
    throw new Error(`Cannot tell the spread of ${values.length} values: two at least are needed.`);
  }
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1));
}

/** Quantile of values sorted upwards, linear between the two nearest. @param share 0 .. 1 */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place), above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

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
  return { percent, low: quantile(percents, 0.025), high: quantile(percents, 0.975) };
}
