/** What the runs of a training cell are called, by the cell that writes them and the comparison that reads them. */

/** Name of the table of pairs of one seed. */
export function pairsOfSeed(seed: number): string {
  return `pairs_seed${seed}.tsv`;
}
