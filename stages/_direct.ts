/** The program of the stage direct and of the direct cells of the sweep. */
import { COARSE_TO_FINE, type DirectSettings } from "../pipeline/direct/direct.ts";
import type { FramePair } from "../pipeline/common/io/pair.ts";
import {
  type DatasetEvaluation,
  evaluateDataset,
  type EvaluateOptions,
} from "../pipeline/score/evaluate.ts";
import type { Gpu } from "../pipeline/compute/gpu/device.ts";
import type { DirectParams } from "./direct/params.ts";
import { solveSplit } from "../pipeline/direct/solve_split.ts";
import { similarityOf } from "../pipeline/compute/photometric_params.ts";
import { smoothnessOf } from "../pipeline/smoothness/params.ts";
import { progress } from "./common/stage.ts";

/** Solves all pairs of a split by the cost alone, and scores the flows beside zero flow. */
export async function evaluateDirectly(
  gpu: Gpu,
  label: string,
  pairs: readonly FramePair[],
  params: DirectParams,
  options: EvaluateOptions,
): Promise<DatasetEvaluation> {
  const settings: DirectSettings = {
    photometric: similarityOf(params),
    smoothness: smoothnessOf(params),
    scales: COARSE_TO_FINE,
    learningRate: params.learning_rate,
  };
  const bar = progress(label, pairs.length);
  const flows = await solveSplit(gpu, pairs, settings, {
    pairsPerBatch: params.pairs_per_batch,
    onPair: (done) => bar.update(Math.floor(done)),
  });
  let next = 0;
  const result = await evaluateDataset(
    "scenes",
    pairs,
    () => Promise.resolve(flows[next++]),
    options,
  );
  const { epe_px, zero_flow_epe_px } = result.scores;
  bar.finish(`EPE ${epe_px?.toFixed(3)} px, zero flow ${zero_flow_epe_px?.toFixed(3)} px`);
  return result;
}
