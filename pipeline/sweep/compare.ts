/**
 * Compares the cells of an experiment: scores with their spread over runs, and paired differences to the references with
 * bootstrap intervals over pairs. Where a cell has several runs (seeds), a pair's error is its mean over them; the interval
 * then says how far the answer hangs on the pairs, the count of runs how far on the seed.
 */
import { mean, sampleStandardDeviation } from "simple-statistics";
import { Rng } from "../common/rng.ts";
import { type Difference, pairedDifference, type WeighedPair } from "./statistics.ts";

/** Scores that are compared, with the region of their pixels. */
export const SCORES = {
  epe_px: "all",
  epe_noc_px: "noc",
  epe_occ_px: "occ",
  epe_boundary_px: "boundary",
  epe_interior_px: "interior",
} as const;
/** Before the name of a score in a table of pairs: of no flow at all. */
export const ZERO_FLOW = "zero_flow_";
export type ScoreName = keyof typeof SCORES;
export const SCORE_NAMES = Object.keys(SCORES) as ScoreName[];

/** What cells are compared with: the paper's baseline, and the two that share the operator but do not unroll. */
export const REFERENCES = ["l1", "tv", "unrolled_T0"] as const;
export type ReferenceName = typeof REFERENCES[number];

/** A cell as tables and figures know it; what makes one is pipeline/smoothness/cells.ts, with all its kernels. */
export interface Cell {
  readonly name: string;
  /** As people read it. */
  readonly label: string;
  /** Name of the term. */
  readonly smoothness: string;
  /** T; absent for a term that does not unroll. */
  readonly unrollIterations?: number;
  readonly stopGradient: boolean;
}

/** One row of a table of pairs, by its columns; see PAIR_COLUMNS of pipeline/score/evaluate.ts. */
export type PairRow = Readonly<Record<string, string>>;

/** Of the intervals, as sweep/params.yaml has it. */
export interface Bootstrap {
  readonly bootstrap_seed: number;
  readonly bootstrap_resamples: number;
}

export interface CellRuns {
  readonly cell: Cell;
  readonly weight: number;
  readonly edgeAlpha: number;
  /** The table of pairs of each run. */
  readonly runs: readonly (readonly PairRow[])[];
}

export interface Spread {
  readonly mean: number;
  /** Standard deviation over runs; absent for a single one. */
  readonly deviation?: number;
}

export interface RunDifference extends Difference {
  /** Runs in which the pooled error is below the reference's run of the same seed. */
  readonly runsBelow: number;
}

export interface ComparedCell {
  readonly cell: Cell;
  readonly weight: number;
  readonly edgeAlpha: number;
  readonly runs: number;
  readonly pairs: number;
  readonly scores: Readonly<Partial<Record<ScoreName, Spread>>>;
  /** What no flow at all has on the same pairs; empty where their table does not say. */
  readonly zeroFlow: Readonly<Partial<Record<ScoreName, number>>>;
  readonly differences: Readonly<
    Partial<Record<ReferenceName, Partial<Record<ScoreName, RunDifference>>>>
  >;
}

/**
 * @param cells in the order of the result; those named in REFERENCES are compared with where they exist
 * @throws {Error} when two runs do not have the same pairs
 */
export function compareCells(
  cells: readonly CellRuns[],
  { bootstrap_seed: seed, bootstrap_resamples: resamples }: Bootstrap,
): ComparedCell[] {
  checkPairs(cells);
  return cells.map((own): ComparedCell => ({
    cell: own.cell,
    weight: own.weight,
    edgeAlpha: own.edgeAlpha,
    runs: own.runs.length,
    pairs: own.runs[0].length,
    scores: present(SCORE_NAMES, (score) => spreadOf(own, score)),
    zeroFlow: present(SCORE_NAMES, (score) => pooled(own.runs[0], score, ZERO_FLOW)),
    differences: present(REFERENCES, (name) => {
      const reference = cells.find(({ cell }) => cell.name === name);
      if (!reference || reference === own) return undefined;
      return present(SCORE_NAMES, (score): RunDifference | undefined => {
        const rng = new Rng(seed).fork("bootstrap");
        const found = pairedDifference(weighedPairs(own, reference, score), { resamples, rng });
        return found && { ...found, runsBelow: runsBelow(own, reference, score) };
      });
    }),
  }));
}

function present<K extends string, V>(
  keys: readonly K[],
  valueOf: (key: K) => V | undefined,
): Partial<Record<K, V>> {
  const entries = keys.map((key) => [key, valueOf(key)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Record<K, V>>;
}

function checkPairs(cells: readonly CellRuns[]): void {
  const names = (rows: readonly PairRow[]) => rows.map(({ pair }) => pair).join(" ");
  const wanted = names(cells[0].runs[0]);
  for (const { cell, runs } of cells) {
    if (runs.some((rows) => names(rows) !== wanted)) {
      throw new Error(
        `Cannot compare cell ${cell.name} with ${
          cells[0].cell.name
        }: they were run on other pairs. ` +
          `Run the sweep again: ./run dvc repro sweep/dvc.yaml`,
      );
    }
  }
}

const pixelsOf = (row: PairRow, score: ScoreName) => Number(row[`pixels_${SCORES[score]}_count`]);

/** The error of a run over all pixels of a region; undefined where there are none. */
function pooled(rows: readonly PairRow[], score: ScoreName, prefix = ""): number | undefined {
  if (!rows.every((row) => prefix + score in row)) return undefined;
  let error = 0, pixels = 0;
  for (const row of rows) {
    error += pixelsOf(row, score) * Number(row[prefix + score]);
    pixels += pixelsOf(row, score);
  }
  return pixels > 0 ? error / pixels : undefined;
}

function spreadOf({ runs }: CellRuns, score: ScoreName): Spread | undefined {
  const values = runs.map((rows) => pooled(rows, score)).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return {
    mean: mean(values),
    ...values.length > 1 ? { deviation: sampleStandardDeviation(values) } : {},
  };
}

function weighedPairs(own: CellRuns, reference: CellRuns, score: ScoreName): WeighedPair[] {
  const meanOf = ({ runs }: CellRuns, pair: number) =>
    mean(runs.map((rows) => Number(rows[pair][score])));
  return own.runs[0].map((row, pair) => ({
    weight: pixelsOf(row, score),
    value: meanOf(own, pair),
    reference: meanOf(reference, pair),
  }));
}

function runsBelow(own: CellRuns, reference: CellRuns, score: ScoreName): number {
  return own.runs.filter((rows, run) => {
    const other = reference.runs[Math.min(run, reference.runs.length - 1)];
    return pooled(rows, score)! < pooled(other, score)!;
  }).length;
}
