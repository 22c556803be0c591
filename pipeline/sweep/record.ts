/** The comparison as files: metrics.json, the table of all cells, and tables against T for `dvc plots`. */
import { formatTsv, roundNumber } from "../common/io/tsv.ts";
import {
  type Cell,
  type ComparedCell,
  type ReferenceName,
  REFERENCES,
  type RunDifference,
  SCORE_NAMES,
  type ScoreName,
} from "./compare.ts";

/** The comparison of each experiment. */
export type Comparison = Readonly<Record<string, readonly ComparedCell[]>>;

const DEVIATION = "_sd";

/** Keys of a difference: epe_occ_px against l1 becomes epe_occ_against_l1_pct and its like. */
export function differenceKeys(score: ScoreName, reference: ReferenceName) {
  const stem = `${score.replace(/_px$/, "")}_against_${reference}`;
  return {
    percent: `${stem}_pct`,
    low: `${stem}_low_pct`,
    high: `${stem}_high_pct`,
    runsBelow: `${stem}_runs_below_count`,
  };
}

/** Reads a difference back from the numbers of a cell; undefined where it was not compared. */
export function differenceIn(
  numbers: Readonly<Record<string, number>>,
  score: ScoreName,
  reference: ReferenceName,
): RunDifference | undefined {
  const keys = differenceKeys(score, reference);
  if (!(keys.percent in numbers)) return undefined;
  return {
    percent: numbers[keys.percent],
    low: numbers[keys.low],
    high: numbers[keys.high],
    runsBelow: numbers[keys.runsBelow],
  };
}

/** All numbers of a cell by flat keys; the same ones in metrics.json and in the table. */
export function numbersOf(compared: ComparedCell): Record<string, number> {
  const numbers: Record<string, number> = {
    runs_count: compared.runs,
    pairs_count: compared.pairs,
    weight: compared.weight,
    edge_alpha: compared.edgeAlpha,
  };
  for (const score of SCORE_NAMES) {
    const spread = compared.scores[score];
    if (!spread) continue;
    numbers[score] = spread.mean;
    if (spread.deviation !== undefined) numbers[score + DEVIATION] = spread.deviation;
  }
  for (const reference of REFERENCES) {
    for (const score of SCORE_NAMES) {
      const difference = compared.differences[reference]?.[score];
      if (!difference) continue;
      const keys = differenceKeys(score, reference);
      for (const part of ["percent", "low", "high", "runsBelow"] as const) {
        numbers[keys[part]] = difference[part];
      }
    }
  }
  return numbers;
}

/** What a cell is, beside its numbers in metrics.json, so that who reads that file needs no list of terms. */
function descriptionOf({ label, smoothness, unrollIterations, stopGradient }: Cell) {
  const unrolling = { unroll_iterations: unrollIterations, stop_gradient: stopGradient };
  return { label, smoothness, ...unrollIterations === undefined ? {} : unrolling };
}

/**
 * metrics.json: experiment, cell, number, in the order of tables. `epe_occ_px` is the mean over runs and `epe_occ_px_sd` its spread;
 * `epe_occ_against_l1_pct` the paired difference in per cent of L1 with `..._low_pct` and `..._high_pct`.
 */
export function formatComparison(comparison: Comparison): string {
  const content = Object.fromEntries(
    Object.entries(comparison).map(([experiment, cells]) => [
      experiment,
      Object.fromEntries(cells.map((compared) => [
        compared.cell.name,
        {
          ...descriptionOf(compared.cell),
          ...Object.fromEntries(
            Object.entries(numbersOf(compared)).map(([key, value]) => [key, roundNumber(value)]),
          ),
        },
      ])),
    ]),
  );
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** One row a cell, in the columns that any cell has. */
export function comparisonTable(comparison: Comparison): string {
  const rows = Object.entries(comparison).flatMap(([experiment, cells]) =>
    cells.map((compared) => ({ experiment, compared, numbers: numbersOf(compared) }))
  );
  const columns = [...new Set(rows.flatMap(({ numbers }) => Object.keys(numbers)))];
  return formatTsv(
    ["experiment", "cell", "unroll_iterations", ...columns],
    rows.map(({ experiment, compared: { cell }, numbers }) => [
      experiment,
      cell.name,
      cell.unrollIterations ?? "",
      ...columns.map((column) => numbers[column] ?? ""),
    ]),
  );
}

/** Error against T of the unrolled cost, with the references as columns that do not change: for `dvc plots`. */
export function tableAgainstT(cells: readonly ComparedCell[]): string {
  const unrolled = cells.filter(({ cell }) => cell.smoothness === "unrolled" && !cell.stopGradient);
  const references = cells.filter(({ cell }) =>
    cell.unrollIterations === undefined && (REFERENCES as readonly string[]).includes(cell.name)
  );
  const scored = SCORE_NAMES.filter((score) => unrolled.every(({ scores }) => scores[score]));
  return formatTsv(
    [
      "unroll_iterations",
      ...scored,
      ...references.flatMap(({ cell }) => scored.map((score) => `${cell.name}_${score}`)),
    ],
    unrolled.map(({ cell, scores }) => [
      cell.unrollIterations!,
      ...scored.map((score) => scores[score]!.mean),
      ...references.flatMap(({ scores }) => scored.map((score) => scores[score]?.mean ?? "")),
    ]),
  );
}
