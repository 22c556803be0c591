/** Which weight a cell keeps, by what its candidates did on the validation scenes. */
import type { DatasetEvaluation } from "../../pipeline/score/evaluate.ts";
import type { Choice } from "./runs.ts";

export interface Tuning extends Pick<DatasetEvaluation, "scores"> {
  readonly weight: number;
}

/** Columns of tuning.tsv. */
export const TUNED_BY = ["epe_px", "epe_noc_px", "epe_occ_px", "epe_boundary_px"] as const;

/** What each choice asks to be small, in px. A region without pixels counts for nothing. */
const ERRORS: Readonly<Record<Choice, (scores: DatasetEvaluation["scores"]) => number>> = {
  all: ({ epe_px }) => epe_px ?? Infinity,
  edges: ({ epe_occ_px = 0, epe_boundary_px = 0 }) => epe_occ_px + epe_boundary_px,
};

/** The weight of the least error on the validation scenes, of several the first. @param tuning at least one */
export function weightBy(choice: Choice, tuning: readonly Tuning[]): number {
  const error = ({ scores }: Tuning) => ERRORS[choice](scores);
  return tuning.reduce((best, own) => error(own) < error(best) ? own : best).weight;
}

/** The weight of each choice. @param tuning at least one */
export function chosenWeights(tuning: readonly Tuning[]): Record<Choice, number> {
  return { all: weightBy("all", tuning), edges: weightBy("edges", tuning) };
}
