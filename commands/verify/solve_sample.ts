/**
 * Solves some pairs of the scenes' test split anew, as the stage direct does, with the code and the parameters of the folder it
 * is started in. Run by the step rescore in a clone; prints JSON: the adapter, and the rows of pairs.tsv.
 */
import { streamSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { similarityOf } from "../../pipeline/compute/photometric_params.ts";
import { COARSE_TO_FINE } from "../../pipeline/direct/direct.ts";
import { evaluateDirectly } from "../../pipeline/direct/evaluate_directly.ts";
import { directSchema } from "../../pipeline/direct/params.ts";
import { PAIR_COLUMNS } from "../../pipeline/score/evaluate.ts";
import { smoothnessOf } from "../../pipeline/smoothness/params.ts";

const SPLIT = "results/preprocess/scenes_test";

/** @throws {Error} when the split lacks one of the names */
async function namedPairs(names: readonly string[]): Promise<FramePair[]> {
  const pairs: FramePair[] = [];
  const read = (fileName: string) => Deno.readFile(`${SPLIT}/${fileName}`);
  for await (const pair of streamSplit(read, SPLIT)) {
    if (names.includes(pair.name)) pairs.push(pair);
  }
  const missing = names.filter((name) => !pairs.some((pair) => pair.name === name));
  if (missing.length > 0) {
    throw new Error(`${SPLIT} lacks ${missing.join(", ")}, which results/direct/pairs.tsv lists.`);
  }
  return pairs;
}

if (import.meta.main) {
  const gpu = await openGpu(Deno.env.get("DENO_WEBGPU_BACKEND"));
  const params = parseSection(await Deno.readFile("params.yaml"), "direct", directSchema);
  const pairs = await namedPairs(Deno.args);
  const { rows } = await evaluateDirectly(gpu, pairs, {
    photometric: similarityOf(params),
    smoothness: smoothnessOf(params),
    scales: COARSE_TO_FINE,
    learningRate: params.learning_rate,
  }, { pairsPerBatch: params.pairs_per_batch });
  console.log(JSON.stringify({
    adapter: gpu.adapter,
    pairs: formatTsv([...PAIR_COLUMNS], rows),
  }));
  gpu.destroy();
}
