/** Pairs of the table of pairs, ranked by error within their data set. */

import type { ColumnKind } from "../common/io/tsv.ts";

/** Columns of the table that are ranked by and shown; without a value where nothing is known. */
export const RANKED_COLUMNS: Readonly<Record<string, ColumnKind>> = {
  dataset: "text",
  pair: "text",
  epe_px: "number or nothing",
  zero_flow_epe_px: "number or nothing",
  epe_occ_px: "number or nothing",
};

export interface RankedPair {
  readonly dataset: string;
  readonly name: string;
  readonly epe: number;
  readonly zeroEpe: number;
  /** Absent where no pixel is occluded. */
  readonly occludedEpe?: number;
  /** 1 is the smallest error of the data set. */
  readonly rank: number;
  /** Ranked pairs of the data set. */
  readonly count: number;
}

/** Rows of pairs.tsv, by data set in its order and then by error; pairs without a score are left out. */
export function rankPairs(rows: readonly Readonly<Record<string, string>>[]): RankedPair[] {
  const scored = rows.filter(({ epe_px }) => epe_px !== "");
  const datasets = [...new Set(scored.map(({ dataset }) => dataset))];
  return datasets.flatMap((dataset) => {
    const own = scored.filter((row) => row.dataset === dataset)
      .sort((a, b) => Number(a.epe_px) - Number(b.epe_px));
    return own.map((row, i) => ({
      dataset,
      name: row.pair,
      epe: Number(row.epe_px),
      zeroEpe: Number(row.zero_flow_epe_px),
      occludedEpe: row.epe_occ_px ? Number(row.epe_occ_px) : undefined,
      rank: i + 1,
      count: own.length,
    }));
  });
}

/** "EPE 0.61 px, zero flow 3.20 px; the best of 48". */
export function rankText({ epe, zeroEpe, rank, count }: RankedPair): string {
  const errors = `EPE ${epe.toFixed(2)} px, zero flow ${zeroEpe.toFixed(2)} px`;
  if (count === 1) return errors;
  if (rank === 1) return `${errors}; the best of ${count}`;
  if (rank === count) return `${errors}; the worst of ${count}`;
  return `${errors}; place ${rank} of ${count}`;
}
