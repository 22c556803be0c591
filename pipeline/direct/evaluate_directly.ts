/** The direct minimisation over a split, scored beside zero flow: the program of the stage direct and of the sweep's cells. */
import type { FramePair } from "../common/io/pair.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import {
  type DatasetEvaluation,
  evaluateDataset,
  type EvaluateOptions,
} from "../score/evaluate.ts";
import type { DirectSettings } from "./direct.ts";
import { solveSplit } from "./solve_split.ts";

export interface EvaluateDirectlyOptions extends EvaluateOptions {
  /** Solved together at most. */
  readonly pairsPerBatch: number;
  /** Called with the pairs solved so far, fractions while a batch is being solved. */
  readonly onSolved?: (done: number) => void;
}

/** Solves all pairs of a split of the scenes by the cost alone, and scores the flows. */
export async function evaluateDirectly(
  gpu: Gpu,
  pairs: readonly FramePair[],
  settings: DirectSettings,
  { pairsPerBatch, onSolved, ...options }: EvaluateDirectlyOptions,
): Promise<DatasetEvaluation> {
  const flows = await solveSplit(gpu, pairs, settings, { pairsPerBatch, onPair: onSolved });
  let next = 0;
  return await evaluateDataset("scenes", pairs, () => Promise.resolve(flows[next++]), options);
}
