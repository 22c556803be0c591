/** A comparison as people read it, on a terminal and in tables. */
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { readableDifference, verdictInWords } from "../../pipeline/sweep/verdict.ts";
import {
  COMPARED,
  type ComparedScore,
  type DatasetDifference,
  FEWEST_PAIRS,
  type MatchedPair,
  type ScoreDifference,
} from "./differences.ts";

export const LABELS: Readonly<Record<ComparedScore, string>> = {
  epe_px: "EPE, px",
  epe_noc_px: "visible in both",
  epe_occ_px: "occluded",
  epe_boundary_px: "near boundaries",
  epe_interior_px: "interior",
  fl_all_pct: "outliers, %",
  aae_deg: "angle, °",
};

/** "-16.7 % [-21.8, -11.0]: lower", or why there is none. */
export function differenceInWords({ first, second, pairs, difference }: ScoreDifference): string {
  if (pairs < FEWEST_PAIRS) return `too few pairs for an interval (${pairs} of ${FEWEST_PAIRS})`;
  if (!difference) return "nothing to compare with: A has no error";
  const runsBelow = second < first ? 1 : 0;
  return `${readableDifference(difference)}: ${verdictInWords({ ...difference, runsBelow }, 1)}`;
}

export function belowInWords({ below, pairs }: ScoreDifference): string {
  return `${below} of ${pairs}`;
}

/** Columns under a heading for each data set. */
export function comparisonText(datasets: readonly DatasetDifference[]): string {
  return datasets.map(({ dataset, pairs, scores }) => {
    const rows = [
      ["", "A", "B", "B below A", "B to A, 95 % interval over pairs"],
      ...scores.map((score) => [
        LABELS[score.score],
        score.first.toFixed(3),
        score.second.toFixed(3),
        belowInWords(score),
        differenceInWords(score),
      ]),
    ];
    const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
    const lines = rows.map((row) =>
      row.map((cell, k) => k === 1 || k === 2 ? cell.padStart(widths[k]) : cell.padEnd(widths[k]))
        .join("  ").trimEnd()
    );
    return `${dataset}, ${pairs} ${pairs === 1 ? "pair" : "pairs"}\n${lines.join("\n")}\n`;
  }).join("\n");
}

/** A line for each data set and score. */
export function differencesTable(datasets: readonly DatasetDifference[]): string {
  const header = ["dataset", "score", "a", "b", "pairs_count", "b_below_count"];
  return formatTsv(
    [...header, "difference_pct", "low_pct", "high_pct"],
    datasets.flatMap(({ dataset, scores }) =>
      scores.map(({ score, first, second, pairs, below, difference }) => [
        ...[dataset, score, first, second, pairs, below],
        difference?.percent ?? "",
        difference?.low ?? "",
        difference?.high ?? "",
      ])
    ),
  );
}

/** A line for each pair: the scores of both. */
export function pairsTable(pairs: readonly MatchedPair[]): string {
  const scores = Object.keys(COMPARED);
  return formatTsv(
    [
      "dataset",
      "pair",
      ...scores.map((score) => `a_${score}`),
      ...scores.map((score) => `b_${score}`),
    ],
    pairs.map(({ dataset, pair, first, second }) => [
      ...[dataset, pair],
      ...scores.map((score) => first[score] ?? ""),
      ...scores.map((score) => second[score] ?? ""),
    ]),
  );
}
