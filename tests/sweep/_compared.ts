/** A comparison small enough to compute by hand: two pairs, occluded pixels in the second only. */
import { cellNamed } from "../../pipeline/smoothness/cells.ts";
import { type CellRuns, compareCells, type PairRow } from "../../pipeline/sweep/compare.ts";

/** Rows of a run. @param first error of 100 pixels, all visible @param second of 300 pixels @param occluded of 60 of them */
export function run(first: number, second: number, occluded: number): PairRow[] {
  const row = (pair: string, counts: number[], errors: (number | "")[]): PairRow => {
    const regions = ["all", "noc", "occ", "boundary", "interior"];
    const scores = ["epe_px", "epe_noc_px", "epe_occ_px", "epe_boundary_px", "epe_interior_px"];
    return Object.fromEntries([
      ["pair", pair],
      ...regions.map((region, i) => [`pixels_${region}_count`, String(counts[i])]),
      ...scores.map((score, i) => [score, String(errors[i])]),
    ]);
  };
  return [
    row("a", [100, 100, 0, 0, 100], [first, first, "", "", first]),
    row("b", [300, 240, 60, 0, 300], [second, second, occluded, "", second]),
  ];
}

export const cellRuns = (name: string, ...runs: PairRow[][]): CellRuns => ({
  cell: cellNamed(name),
  weight: 0.3,
  edgeAlpha: 10,
  runs,
});

export const BOOTSTRAP = { bootstrap_seed: 1, bootstrap_resamples: 400 };

/** L1 has errors 2 and 4, occluded 10; T = 1 half the occluded error in both runs, T = 3 once more, once less. */
export const compared = compareCells([
  cellRuns("l1", run(2, 4, 10), run(2, 4, 10)),
  cellRuns("unrolled_T1", run(2, 4, 5), run(2, 4, 5)),
  cellRuns("unrolled_T3", run(2, 4, 12), run(3, 3, 7)),
], BOOTSTRAP);
