/** Data sets of which no pair has a true flow: evaluate has no error for them, and says so. */
import type { SplitIndex } from "../../pipeline/common/io/pack.ts";
import type { SplitSummary } from "../../pipeline/common/io/splits.ts";

/**
 * A sentence for each data set that no split with truth holds.
 * @param splits all that preprocess packed
 * @param readIndex gives the index of one of them
 */
export async function describeWithoutTruth(
  splits: readonly SplitSummary[],
  readIndex: (split: string) => Promise<SplitIndex>,
): Promise<string[]> {
  const scored = new Set(splits.filter(({ truth }) => truth).map(({ dataset }) => dataset));
  const counts = new Map<string, number>();
  for (const { split } of splits.filter(({ truth, pairs }) => !truth && pairs > 0)) {
    for (const { dataset } of (await readIndex(split)).pairs) {
      if (!scored.has(dataset)) counts.set(dataset, (counts.get(dataset) ?? 0) + 1);
    }
  }
  return [...counts].map(([dataset, pairs]) =>
    `${dataset} is not scored: none of its ${pairs} pairs has a true flow, so there is neither row nor picture of it.`
  );
}
