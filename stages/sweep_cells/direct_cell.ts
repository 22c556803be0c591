/**
 * One direct cell of the tracked sweep: chooses its weight on validation pairs, the first of scenes_validation, by the
 * lowest EPE over all pixels, then solves the test pairs with it. Test pairs choose nothing. The validation pairs of all
 * weights are kept (tuning_pairs.tsv): cells are compared on them at equal weight.
 */
import { COARSE_TO_FINE } from "../../pipeline/direct/direct.ts";
import { evaluateDirectly } from "../../pipeline/direct/evaluate_directly.ts";
import {
  type DatasetEvaluation,
  describeScores,
  formatEvaluation,
  PAIR_COLUMNS,
  summaryOf,
} from "../../pipeline/score/evaluate.ts";
import { declared } from "../../pipeline/common/io/made_by.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { costOf } from "../../pipeline/smoothness/cells.ts";
import { similarityOf } from "../../pipeline/compute/photometric_params.ts";
import { smoothnessOf } from "../../pipeline/smoothness/params.ts";
import { openRecordedGpu, writeAdapter } from "../common/gpu.ts";
import { directAdvice, withSizes } from "../common/sizes.ts";
import { progress, readSection, readSplit, runStage, writeOutput } from "../common/stage.ts";
import { directSchema } from "../../pipeline/direct/params.ts";
import { DIRECT_KEYS } from "./declared.ts";
import { cellOfStage, cellUsage } from "./cell_of_stage.ts";
import { SCENES } from "./own_place.ts";
import { parseSweepParams } from "./params.ts";
import { TUNED_BY, weightBy } from "./tuning.ts";

await runStage("direct_cell", async (others) => {
  if (others.length > 0) {
    throw new Error(`Cannot run the cell ${others.join(", ")}. ${cellUsage("direct")}`);
  }
  const cell = cellOfStage(Deno.env.get("DVC_STAGE"), "direct");
  const { name } = cell;
  const direct = declared(await readSection("direct", directSchema), DIRECT_KEYS);
  const { direct_cells: sweep } = parseSweepParams(await Deno.readFile("sweep/params.yaml"));
  const weights = sweep.weights[cell.smoothness], edgeAlpha = sweep.edge_alpha[cell.smoothness];
  const validation = (await readSplit("scenes_validation", SCENES)).slice(
    0,
    sweep.validation_pairs,
  );
  const test = await readSplit("scenes_test", SCENES);
  const gpu = await openRecordedGpu();
  const solve = async (label: string, pairs: typeof test, weight: number) => {
    const bar = progress(label, pairs.length);
    const result = await withSizes(directAdvice(direct, pairs), () =>
      evaluateDirectly(gpu, pairs, {
        photometric: similarityOf(direct),
        smoothness: smoothnessOf(costOf(cell, direct, { weight, edgeAlpha })),
        scales: COARSE_TO_FINE,
        learningRate: direct.learning_rate,
      }, {
        pairsPerBatch: direct.pairs_per_batch,
        onSolved: (done) => bar.update(Math.floor(done)),
      }));
    bar.finish(describeScores(result.scores));
    return result;
  };

  const tuning: ({ weight: number } & DatasetEvaluation)[] = [];
  for (const weight of weights) {
    tuning.push({ weight, ...await solve(`${name} ${weight}`, validation, weight) });
  }
  const weight = weightBy("all", tuning);
  const { scores, rows } = await solve(name, test, weight);

  const out = `results/sweep/direct/${name}`;
  const cost = { weight, edge_alpha: edgeAlpha };
  await writeOutput(
    `${out}/metrics.json`,
    formatEvaluation({ ...summaryOf({ scenes: scores }), cost }, {
      direct,
      direct_cells: {
        validation_pairs: sweep.validation_pairs,
        weights: { [cell.smoothness]: weights },
        edge_alpha: { [cell.smoothness]: edgeAlpha },
      },
    }),
  );
  await writeOutput(
    `${out}/tuning.tsv`,
    formatTsv(
      ["weight", ...TUNED_BY],
      tuning.map(({ weight, scores }) => [weight, ...TUNED_BY.map((key) => scores[key] ?? "")]),
    ),
  );
  await writeOutput(
    `${out}/tuning_pairs.tsv`,
    formatTsv(
      ["weight", ...PAIR_COLUMNS],
      tuning.flatMap(({ weight, rows }) => rows.map((row) => [weight, ...row])),
    ),
  );
  await writeOutput(`${out}/pairs.tsv`, formatTsv([...PAIR_COLUMNS], rows));
  await writeAdapter(out, gpu);
  gpu.destroy();
}, { usage: cellUsage("direct") });
