/**
 * Scores of predicted flow. One pair gives a tally of plain float64 sums; tallies add up; a tally
 * becomes a record of scores. So the pooled scores of a data set (sums over all pixels of all
 * pairs, then divided) and the scores of one pair are made by the same code, and the mean over
 * images is the mean of the latter over the pairs that have them: a pair without occluded pixels
 * has no score there and is left out. A region without a pixel gives no key.
 *
 * Keys end in their unit: epe_px, epe_REGION_px, epe_sd_px (standard deviation), aae_deg (angular
 * error), fl_all_pct, fl_REGION_pct (KITTI outliers), r0_5_pct, r1_0_pct, r2_0_pct (Middlebury: share
 * with a larger error), a50_px, a75_px, a95_px (Middlebury: error at that percentile; see PooledValues
 * for data sets of more than 16 million pixels). The mean over images of any of them: epe_image_mean_px and so on.
 */
import type { FramePair } from "../common/io/pair.ts";
import { angularError, endPointErrors, isOutlier } from "./metrics/errors.ts";
import { percentiles, PooledValues } from "./metrics/percentile.ts";
import { type Region, regionMembership, REGIONS, type Truth } from "./metrics/regions.ts";

export type Scores = Record<string, number>;

const ROBUSTNESS_PX = [0.5, 1, 2];
const ACCURACY_PERCENTS = [50, 75, 95];
const OUTLIER_REGIONS: readonly Region[] = ["all", "noc", "occ", "bg", "fg"];

interface RegionSums {
  readonly pixels: number;
  /** Sum of end-point errors in px. */
  readonly error: number;
  readonly outliers: number;
}

/** What one pair, or several together, add to the scores. */
export interface Tally {
  readonly regions: Readonly<Record<Region, RegionSums>>;
  /** Sum of angular errors in degrees. */
  readonly angle: number;
  /** Sum of squared deviations of the end-point error from its mean. */
  readonly squaredDeviation: number;
  /** Pixels whose error is larger than 0.5, 1 and 2 px. */
  readonly larger: readonly number[];
  /** End-point errors of all known pixels, for the percentiles. */
  readonly errors: readonly Float32Array[];
}

/** What of a pair is compared with a flow. @throws {Error} naming the pair when it has no true flow */
export function truthOf(pair: FramePair, dataset = pair.dataset): Truth {
  const { flow } = pair;
  if (flow) return { ...pair, flow };
  throw new Error(
    `Cannot score pair ${pair.name} of ${dataset}: it has no true flow. ` +
      `Leave data without truth out of the splits that are scored.`,
  );
}

/** A pair's truth with its pixels sorted into regions, to be compared with any number of flows. */
export class PairScorer {
  readonly #truth: Truth;
  readonly #membership: Uint16Array;

  constructor(truth: Truth) {
    this.#truth = truth;
    this.#membership = regionMembership(truth);
  }

  /**
   * @param predicted [H, W, 2] in pixels, at the size of the truth
   * @throws {Error} when its length is wrong or one of its values is not finite
   */
  tally(predicted: Float32Array): Tally {
    const { flow } = this.#truth;
    const errors = endPointErrors(predicted, flow);
    const wrong = errors.findIndex((error) => !Number.isFinite(error));
    if (wrong >= 0) {
      throw new Error(
        `Cannot score the flow: its value at pixel ${wrong} is (${predicted[2 * wrong]}, ` +
          `${predicted[2 * wrong + 1]}), every value must be finite. Look for the step at which ` +
          `the network stopped giving numbers.`,
      );
    }
    const pixels = REGIONS.map(() => 0), sums = REGIONS.map(() => 0);
    const outliers = REGIONS.map(() => 0), larger = ROBUSTNESS_PX.map(() => 0);
    const known: number[] = [];
    let angle = 0;
    for (let i = 0; i < errors.length; i++) {
      const bits = this.#membership[i];
      if (bits === 0) continue;
      const error = errors[i], u = flow[2 * i], v = flow[2 * i + 1];
      const outlier = isOutlier(error, Math.sqrt(u * u + v * v)) ? 1 : 0;
      for (let k = 0; k < REGIONS.length; k++) {
        if (!(bits & (1 << k))) continue;
        pixels[k]++;
        sums[k] += error;
        outliers[k] += outlier;
      }
      for (let k = 0; k < larger.length; k++) if (error > ROBUSTNESS_PX[k]) larger[k]++;
      angle += angularError(predicted[2 * i], predicted[2 * i + 1], u, v);
      known.push(error);
    }
    const mean = sums[0] / pixels[0];
    return {
      regions: Object.fromEntries(
        REGIONS.map((name, k) => [name, {
          pixels: pixels[k],
          error: sums[k],
          outliers: outliers[k],
        }]),
      ) as Record<Region, RegionSums>,
      angle,
      squaredDeviation: known.reduce((sum, error) => sum + (error - mean) ** 2, 0),
      larger,
      errors: [Float32Array.from(known)],
    };
  }

  /** The tally of the flow that is 0 everywhere: what a prediction must beat to be worth anything. */
  tallyZeroFlow(): Tally {
    return this.tally(new Float32Array(this.#truth.flow.length));
  }
}

/** The tally of both sets of pixels together. */
export function addTallies(a: Tally, b: Tally): Tally {
  const m = a.regions.all, n = b.regions.all;
  // Chan, Golub and LeVeque (1983): deviations from the common mean out of those from each own mean.
  const between = m.pixels > 0 && n.pixels > 0
    ? (m.error / m.pixels - n.error / n.pixels) ** 2 * m.pixels * n.pixels / (m.pixels + n.pixels)
    : 0;
  return {
    regions: Object.fromEntries(REGIONS.map((name) => {
      const x = a.regions[name], y = b.regions[name];
      return [name, {
        pixels: x.pixels + y.pixels,
        error: x.error + y.error,
        outliers: x.outliers + y.outliers,
      }];
    })) as Record<Region, RegionSums>,
    angle: a.angle + b.angle,
    squaredDeviation: a.squaredDeviation + b.squaredDeviation + between,
    larger: a.larger.map((count, k) => count + b.larger[k]),
    errors: [...a.errors, ...b.errors],
  };
}

/**
 * The scores of a tally; empty when no pixel was known.
 * @param percentilesOf the end-point errors at some percentiles, where the tally does not hold all errors
 */
export function scoresOf(
  tally: Tally,
  percentilesOf = (percents: readonly number[]) => percentiles(tally.errors, percents),
): Scores {
  const { pixels } = tally.regions.all;
  if (pixels === 0) return {};
  const scores: Scores = {};
  for (const region of REGIONS) {
    const sums = tally.regions[region];
    if (sums.pixels === 0) continue;
    scores[region === "all" ? "epe_px" : `epe_${region}_px`] = sums.error / sums.pixels;
  }
  scores.epe_sd_px = Math.sqrt(tally.squaredDeviation / pixels);
  scores.aae_deg = tally.angle / pixels;
  for (const region of OUTLIER_REGIONS) {
    const sums = tally.regions[region];
    if (sums.pixels > 0) scores[`fl_${region}_pct`] = 100 * sums.outliers / sums.pixels;
  }
  ROBUSTNESS_PX.forEach((threshold, k) => {
    scores[`r${threshold.toFixed(1).replace(".", "_")}_pct`] = 100 * tally.larger[k] / pixels;
  });
  percentilesOf(ACCURACY_PERCENTS).forEach((error, k) => {
    scores[`a${ACCURACY_PERCENTS[k]}_px`] = error;
  });
  return scores;
}

/** Scores of a data set, pair by pair, in memory that does not grow with the number of pairs. */
export class DatasetScores {
  /** Without the errors. */
  #pooled: Tally | undefined;
  readonly #errors = new PooledValues();
  readonly #sums = new Map<string, { total: number; pairs: number }>();

  /** Adds a pair and returns its own scores. */
  add(tally: Tally): Scores {
    const sums = { ...tally, errors: [] };
    this.#pooled = this.#pooled ? addTallies(this.#pooled, sums) : sums;
    for (const errors of tally.errors) this.#errors.add(errors);
    const scores = scoresOf(tally);
    for (const [key, value] of Object.entries(scores)) {
      const sum = this.#sums.get(key) ?? { total: 0, pairs: 0 };
      this.#sums.set(key, { total: sum.total + value, pairs: sum.pairs + 1 });
    }
    return scores;
  }

  /** Every score pooled, and after it the mean over images. */
  scores(): Scores {
    const scores: Scores = {};
    if (!this.#pooled) return scores;
    for (const [key, value] of Object.entries(this.#pooledScores(this.#pooled))) {
      const { total, pairs } = this.#sums.get(key)!;
      scores[key] = value;
      scores[imageMeanKey(key)] = total / pairs;
    }
    return scores;
  }

  #pooledScores(sums: Tally): Scores {
    return scoresOf(sums, (percents) => this.#errors.percentiles(percents));
  }
}

/** epe_occ_px becomes epe_occ_image_mean_px. */
export function imageMeanKey(key: string): string {
  return key.replace(/_([a-z]+)$/, "_image_mean_$1");
}
