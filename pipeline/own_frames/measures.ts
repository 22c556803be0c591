/**
 * What can be said of a flow whose truth nobody knows. All of it is evidence, none is an error in pixels: a flow that is right
 * brings the second frame onto the first, and comes back when it is followed forward and then back.
 */
import { MADE_BY } from "../common/io/made_by.ts";
import { roundNumber } from "../common/io/tsv.ts";
import type { FramePair } from "../common/io/pair.ts";
import { type Agreement, compareDirections } from "../flow/agreement.ts";
import { photometricError } from "../flow/photometric_error.ts";

export interface Measured {
  readonly measures: Measures;
  readonly agreement: Agreement;
}

/** In the order of tables. */
export const MEASURES = [
  "photometric_level",
  "inconsistent_px",
  "inconsistent_pct",
  "occluded_pct",
] as const;
export type Measures = Readonly<Record<typeof MEASURES[number], number>>;

/**
 * @param flows [H, W, 2] each, in pixels
 * @throws {Error} when a value of them is not finite
 */
export function measurePair(
  pair: FramePair,
  { forward, backward }: { forward: Float32Array; backward: Float32Array },
): Measured {
  for (const flow of [forward, backward]) {
    const wrong = flow.findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) continue;
    throw new Error(
      `Cannot judge the flow of ${pair.name}: its value ${
        flow[wrong]
      } is no number. The model is spoiled: train it again with ` +
        `a lower train.learning_rate.`,
    );
  }
  const agreement = compareDirections(forward, backward, pair.width, pair.height);
  return {
    agreement,
    measures: {
      photometric_level: photometricError(pair, forward),
      inconsistent_px: agreement.medianDistance,
      inconsistent_pct: 100 * agreement.inconsistent,
      occluded_pct: 100 * (agreement.inconsistent + agreement.leaving),
    },
  };
}

/** Which side a column is of: the trained model's has no prefix. */
export const START = "start_";
export const ZERO_FLOW = "zero_flow_";

export const OWN_COLUMNS: readonly string[] = [
  "dataset",
  "pair",
  "pixels_all_count",
  ...MEASURES,
  ...MEASURES.map((key) => START + key),
  `${ZERO_FLOW}photometric_level`,
];

export interface MeasuredPair {
  readonly name: string;
  readonly pixels: number;
  readonly trained: Measures;
  readonly start: Measures;
  /** Photometric error of no motion. */
  readonly zeroFlow: number;
}

/** On how many pairs the trained model's photometric error is below that of the model that it started from. */
export function betterThanStart(measured: readonly MeasuredPair[]): number {
  return measured
    .filter(({ trained, start }) => trained.photometric_level < start.photometric_level).length;
}

function valuesOf({ trained, start, zeroFlow }: MeasuredPair): number[] {
  return [
    ...MEASURES.map((key) => trained[key]),
    ...MEASURES.map((key) => start[key]),
    zeroFlow,
  ];
}

/** A row in the columns of OWN_COLUMNS. */
export function rowOf(dataset: string, pair: MeasuredPair): (string | number)[] {
  return [dataset, pair.name, pair.pixels, ...valuesOf(pair)];
}

/** Means over the pairs, weighed by pixels and plain (image_mean), as metrics.json has scores. */
export function meansOf(pairs: readonly MeasuredPair[]): Record<string, number> {
  const pixels = pairs.reduce((sum, pair) => sum + pair.pixels, 0);
  const means: Record<string, number> = { pairs_count: pairs.length };
  for (const [k, key] of OWN_COLUMNS.slice(3).entries()) {
    const weighed = pairs.reduce((sum, pair) => sum + pair.pixels * valuesOf(pair)[k], 0);
    const plain = pairs.reduce((sum, pair) => sum + valuesOf(pair)[k], 0);
    means[key] = roundNumber(weighed / pixels);
    means[key.replace(/_([a-z]+)$/, "_image_mean_$1")] = roundNumber(plain / pairs.length);
  }
  return means;
}

/** The text of metrics.json, or of a part of it. */
export function formatMeans(
  dataset: string,
  means: Readonly<Record<string, number>>,
  madeBy?: Readonly<Record<string, unknown>>,
): string {
  return `${JSON.stringify({ [dataset]: means, ...madeBy && { [MADE_BY]: madeBy } }, null, 2)}\n`;
}
