/** What the runs of a training cell are called, by the cell that writes them and the comparison that reads them. */

/** By what a cell chooses its weight on validation scenes: the error of all pixels, or that of occluded ones and near boundaries. */
export const CHOICES = ["all", "edges"] as const;
export type Choice = typeof CHOICES[number];

/** Name of the table of pairs of one seed. */
export function pairsOfSeed(seed: number, choice: Choice = "all"): string {
  return `pairs_${choice === "all" ? "" : `${choice}_`}seed${seed}.tsv`;
}
