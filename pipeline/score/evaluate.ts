/**
 * Evaluation of one data set: every pair is predicted once and scored beside the flow that is 0
 * everywhere, by the same code. Predictor, pairs and who draws are handed in, scores, table rows
 * and pictures handed back as values.
 */
import { MADE_BY, type MadeBy } from "../common/io/made_by.ts";
import type { FramePair } from "../common/io/pair.ts";
import { roundNumber } from "../common/io/tsv.ts";
import { DatasetScores, PairScorer, type Scores, type Tally, truthOf } from "./metrics.ts";

/**
 * Flow from frame 1 to frame 2.
 * @param frame1 [H, W, 3] RGB, 8 bit
 * @param frame2 the same
 * @returns [H, W, 2] in pixels of the given size
 */
export type Predict = (
  frame1: Uint8Array,
  frame2: Uint8Array,
  width: number,
  height: number,
) => Promise<Float32Array>;

export interface EvaluateOptions {
  /** Draws the picture of a pair; without it there are none. */
  readonly draw?: DrawPair;
  /** So many of the first pairs get a picture; default 0. */
  readonly pictures?: number;
  /** Flow length in px at which colours saturate; 0, the default: the largest true flow of the data set. */
  readonly pictureMaximum?: number;
  /** Called after each pair, for progress and for what else is to be made of a prediction. */
  readonly onPair?: (done: number, result: PairResult) => void;
}

export interface PairResult {
  readonly pair: FramePair;
  /** [H, W, 2] in pixels */
  readonly predicted: Float32Array;
  /** Empty when no pixel of the pair is known. */
  readonly scores: Scores;
}

export interface PairPicture {
  readonly fileName: string;
  readonly png: Uint8Array;
}

/** @param flowMaximum flow length in px at which colours saturate */
export type DrawPair = (dataset: string, result: PairResult, flowMaximum: number) => PairPicture;

export interface DatasetEvaluation {
  /** Pooled and mean over images, of the prediction and (zero_flow_...) of no flow at all. */
  readonly scores: Scores;
  /** Names of the pairs of whose truth no pixel is known, and which have no score. */
  readonly unscored: string[];
  /** One row a pair, in the columns of PAIR_COLUMNS. */
  readonly rows: (string | number)[][];
  readonly pictures: PairPicture[];
  /** Flow length in px at which the colours of this data set saturate. */
  readonly flowMaximum: number;
}

/** Scores of all data sets by name: the content of metrics.json. */
export type Evaluation = Record<string, Scores>;

const ZERO_FLOW = "zero_flow_";

const ROW_SCORES = [
  "epe_px",
  "epe_noc_px",
  "epe_occ_px",
  "epe_boundary_px",
  "epe_interior_px",
  "fl_all_pct",
  "aae_deg",
];

/** Regions whose size stands in the table of pairs, so that a mean over some pairs can be weighed by pixels. */
const ROW_REGIONS = ["all", "noc", "occ", "boundary", "interior"] as const;

/** Columns of the table of pairs. */
export const PAIR_COLUMNS: readonly string[] = [
  "dataset",
  "pair",
  ...ROW_REGIONS.map((region) => `pixels_${region}_count`),
  ...ROW_SCORES,
  ...ROW_SCORES.map((key) => ZERO_FLOW + key),
];

/** How many pairs have no score, where there are such; pairs_count counts the others. */
const UNSCORED = "unscored_pairs_count";
/** In words, so many of them are named. */
const NAMED_PAIRS = 10;

/** What a person looks at first: of the scenes, and of every other data set, which stands beside them. */
const HEADLINE = ["epe_px", "epe_occ_px", "epe_boundary_px", "zero_flow_epe_px"];
const IN_SHORT = ["epe_px", "zero_flow_epe_px", UNSCORED];

/**
 * Scores `predict` on all pairs, one after the other.
 * @throws {Error} naming the pair when it has no true flow or its prediction cannot be scored
 */
export async function evaluateDataset(
  dataset: string,
  pairs: Iterable<FramePair> | AsyncIterable<FramePair>,
  predict: Predict,
  { draw, pictures = 0, pictureMaximum = 0, onPair }: EvaluateOptions = {},
): Promise<DatasetEvaluation> {
  const total = new DatasetScores(), zero = new DatasetScores();
  const rows: (string | number)[][] = [];
  const shown: PairResult[] = [];
  const unscored: string[] = [];
  let largest = 0;
  for await (const pair of pairs) {
    const truth = truthOf(pair, dataset);
    const scorer = new PairScorer(truth);
    const flow = await predict(pair.frame1, pair.frame2, pair.width, pair.height);
    let tally: Tally;
    try {
      tally = scorer.tally(flow);
    } catch (cause) {
      throw new Error(`Cannot score pair ${pair.name} of ${dataset}.`, { cause });
    }
    if (tally.regions.all.pixels === 0) unscored.push(pair.name);
    const scores = total.add(tally);
    const zeroScores = zero.add(scorer.tallyZeroFlow());
    rows.push([
      dataset,
      pair.name,
      ...ROW_REGIONS.map((region) => tally.regions[region].pixels),
      ...ROW_SCORES.map((key) => scores[key] ?? ""),
      ...ROW_SCORES.map((key) => zeroScores[key] ?? ""),
    ]);
    largest = Math.max(largest, largestLength(truth.flow, pair.valid));
    const result = { pair, predicted: flow, scores };
    if (draw && shown.length < pictures) shown.push(result);
    onPair?.(rows.length, result);
  }
  const flowMaximum = pictureMaximum > 0 ? pictureMaximum : Math.max(largest, 1);
  return {
    scores: {
      pairs_count: rows.length - unscored.length,
      ...(unscored.length > 0 ? { [UNSCORED]: unscored.length } : {}),
      ...total.scores(),
      ...withPrefix(zero.scores()),
    },
    unscored,
    rows,
    pictures: draw ? shown.map((result) => draw(dataset, result, flowMaximum)) : [],
    flowMaximum,
  };
}

function largestLength(flow: Float32Array, valid?: Uint8Array): number {
  let largest = 0;
  for (let i = 0; i < flow.length / 2; i++) {
    if (valid && !valid[i]) continue;
    largest = Math.max(largest, flow[2 * i] ** 2 + flow[2 * i + 1] ** 2);
  }
  return Math.sqrt(largest);
}

function withPrefix(scores: Scores): Scores {
  return Object.fromEntries(
    Object.entries(scores).map(([key, value]) => [ZERO_FLOW + key, value]),
  );
}

/** The few scores of each data set that a person looks at first, for `dvc metrics show` and `dvc exp show`. */
export function summaryOf(evaluation: Evaluation): Evaluation {
  return Object.fromEntries(
    Object.entries(evaluation).map(([dataset, scores]) => [
      dataset,
      Object.fromEntries(
        (dataset === "scenes" ? HEADLINE : IN_SHORT).filter((key) => key in scores)
          .map((key) => [key, scores[key]]),
      ),
    ]),
  );
}

/** The two numbers that say most, in words. */
export function describeScores({ epe_px, zero_flow_epe_px }: Scores): string {
  if (epe_px === undefined) return "no pixel of known flow";
  return `EPE ${epe_px.toFixed(3)} px, zero flow ${zero_flow_epe_px.toFixed(3)} px`;
}

/** How many pairs have no score, which and why, in words. */
export function describeUnscored(
  { unscored, rows }: Pick<DatasetEvaluation, "unscored" | "rows">,
): string {
  const more = unscored.length > NAMED_PAIRS ? ", …" : "";
  return `${unscored.length} of ${rows.length} pairs are not scored, since no pixel of their true flow is known: ` +
    `${unscored.slice(0, NAMED_PAIRS).join(", ")}${more}.`;
}

/**
 * JSON, scores at six significant digits: equal scores give equal bytes.
 * @param madeBy stands behind the scores, as it is
 */
export function formatEvaluation(evaluation: Evaluation, madeBy?: MadeBy): string {
  const rounded = Object.entries(evaluation).map(([dataset, scores]) => [
    dataset,
    Object.fromEntries(
      Object.entries(scores).map(([key, value]) => [key, roundNumber(value)]),
    ),
  ]);
  const made = madeBy && { [MADE_BY]: madeBy };
  return JSON.stringify({ ...Object.fromEntries(rounded), ...made }, null, 2) + "\n";
}
