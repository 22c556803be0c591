/** Splits that are to be packed, and the loop that draws or reads their pairs and packs them one after another. */
import { packSplit } from "./pack.ts";
import type { FramePair } from "./pair.ts";
import type { SplitSummary } from "./splits.ts";

export interface PlannedSplit {
  readonly split: string;
  /** Whether its pairs have a true flow. */
  readonly truth: boolean;
  /** How many pairs there will be. */
  readonly count: number;
  pairs(): Iterable<FramePair> | AsyncIterable<FramePair>;
}

export interface PackingHooks {
  /** Receives every file of every split. */
  write(split: string, fileName: string, bytes: Uint8Array): Promise<void>;
  /** @param done pairs packed so far @param total pairs in all splits */
  onPair?(done: number, total: number, split: string): void;
}

/**
 * Packs all splits.
 * @returns what they are, in the order in which they were written
 * @throws {Error} what drawing or reading a pair throws
 */
export async function packSplits(
  planned: readonly PlannedSplit[],
  { write, onPair }: PackingHooks,
): Promise<SplitSummary[]> {
  const total = planned.reduce((sum, { count }) => sum + count, 0);
  const summaries: SplitSummary[] = [];
  let done = 0;
  for (const { split, truth, pairs } of planned) {
    const counted = async function* () {
      for await (const pair of pairs()) {
        yield pair;
        onPair?.(++done, total, split);
      }
    };
    const index = await packSplit(split, counted(), (name, bytes) => write(split, name, bytes));
    summaries.push({ split, dataset: index.dataset, pairs: index.pairs.length, truth });
  }
  return summaries;
}
