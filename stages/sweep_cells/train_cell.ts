/**
 * One training cell of the tracked sweep: for each seed, goes on from the pretrained weights like the stage train, with the
 * cell's smoothness, and scores the network on the test scenes. Of several weights, the first seed's networks choose on the
 * validation scenes: one weight by the error of all pixels, one by that of occluded pixels and near boundaries. Test scenes choose
 * nothing. Short, so it keeps no checkpoints.
 */
import {
  type DatasetEvaluation,
  evaluateDataset,
  PAIR_COLUMNS,
} from "../../pipeline/score/evaluate.ts";
import { MADE_BY } from "../../pipeline/common/io/made_by.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { costOf } from "../../pipeline/smoothness/cells.ts";
import { SCENES } from "../../pipeline/train/datasets.ts";
import { FEWEST_CHECKPOINTS } from "../../pipeline/train/params.ts";
import { train } from "../../pipeline/train/train.ts";
import { writeAdapter } from "../common/gpu.ts";
import { readWhole } from "../common/read_whole.ts";
import { withSizes } from "../common/sizes.ts";
import { progress, readSplit, runStage, writeOutput } from "../common/stage.ts";
import { rampedSmoothness } from "../train/params.ts";
import { loopSettings } from "../training/settings.ts";
import { preparePredictor, prepareTraining, stepAdvice } from "../training/training.ts";
import { cellOfStage, cellUsage } from "./cell_of_stage.ts";
import { experimentOf } from "./experiment.ts";
import { parseSweepParams } from "./params.ts";
import { type Choice, CHOICES, pairsOfSeed } from "./runs.ts";
import { chosenWeights, TUNED_BY, type Tuning } from "./tuning.ts";

await runStage("train_cell", async (others) => {
  if (others.length > 0) {
    throw new Error(`Cannot run the cell ${others.join(", ")}. ${cellUsage("train")}`);
  }
  const cell = cellOfStage(Deno.env.get("DVC_STAGE"), "train");
  const { name } = cell;
  const content = await Deno.readFile("sweep/params.yaml");
  const { train_cells: sweep } = parseSweepParams(content);
  const { train: base, scenes, pretrained } = await experimentOf(content);
  const weights = sweep.weights[cell.smoothness], edgeAlpha = sweep.edge_alpha[cell.smoothness];
  const out = `results/sweep/train/${name}`;
  const test = await readSplit("scenes_test", scenes);
  const validation = await readSplit("scenes_validation", scenes);
  const start = readModel(await readWhole(pretrained), pretrained);

  /** A network of one weight and seed, scored on each split. */
  const trained = async (weight: number, seed: number, scoredOn: readonly (typeof test)[]) => {
    const params = {
      ...base,
      ...costOf(cell, base, { weight, edgeAlpha }),
      seed,
      // Neither validation nor checkpoints on the way.
      validation: SCENES,
      validate_every: base.steps,
      checkpoint_every: base.steps,
      checkpoints_kept: FEWEST_CHECKPOINTS,
    };
    const { gpu, trainer, batches } = await prepareTraining({
      name: "train",
      params,
      start,
      smoothness: rampedSmoothness(params),
      scenes,
    });
    const predictor = await preparePredictor(gpu, trainer, start, test);
    const label = weights.length > 1 ? `${name} ${weight}` : name;
    const bar = progress(`${label} seed ${seed}`, params.steps);
    await withSizes(stepAdvice({ name: "train", params, start }), () =>
      train(trainer, {
        batches,
        validation: [],
        predictor,
        settings: loopSettings(params),
        progress: { pending: [], lossRows: [], validationRows: [] },
        hooks: {
          step: (step) => bar.update(step),
          checkpoint: () => Promise.resolve(),
          interrupted: () => false,
        },
      }));
    const scored: DatasetEvaluation[] = [];
    for (const pairs of scoredOn) {
      scored.push(
        await evaluateDataset(
          "scenes",
          pairs,
          async (...frames) => (await predictor.predict(...frames)).forward,
        ),
      );
    }
    bar.finish(`EPE ${scored[0].scores.epe_px?.toFixed(3)} px`);
    await writeAdapter(out, gpu);
    gpu.destroy();
    return scored;
  };

  const [firstSeed] = sweep.seeds;
  const done = new Map<string, DatasetEvaluation>();
  const tested = async (weight: number, seed: number) => {
    const key = `${weight} ${seed}`;
    const known = done.get(key) ?? (await trained(weight, seed, [test]))[0];
    done.set(key, known);
    return known;
  };
  const tuning: Tuning[] = [];
  for (const weight of weights.length > 1 ? weights : []) {
    const [onValidation, onTest] = await trained(weight, firstSeed, [validation, test]);
    tuning.push({ weight, ...onValidation });
    done.set(`${weight} ${firstSeed}`, onTest);
  }
  const chosen: Partial<Record<Choice, number>> = tuning.length > 0
    ? chosenWeights(tuning)
    : { all: weights[0] };
  for (const choice of CHOICES) {
    const weight = chosen[choice];
    if (weight === undefined) continue;
    for (const seed of sweep.seeds) {
      const { rows } = await tested(weight, seed);
      await writeOutput(`${out}/${pairsOfSeed(seed, choice)}`, formatTsv([...PAIR_COLUMNS], rows));
    }
  }
  if (tuning.length > 0) {
    await writeOutput(
      `${out}/tuning.tsv`,
      formatTsv(
        ["weight", ...TUNED_BY],
        tuning.map(({ weight, scores }) => [weight, ...TUNED_BY.map((key) => scores[key] ?? "")]),
      ),
    );
  }
  const cost = {
    weight: chosen.all,
    ...chosen.edges === undefined ? {} : { edges_weight: chosen.edges },
    edge_alpha: edgeAlpha,
  };
  const madeBy = {
    ...start.madeBy,
    train: base,
    train_cells: {
      seeds: sweep.seeds,
      weights: { [cell.smoothness]: weights },
      edge_alpha: { [cell.smoothness]: edgeAlpha },
    },
  };
  const metrics = { cost, [MADE_BY]: madeBy };
  await writeOutput(`${out}/metrics.json`, `${JSON.stringify(metrics, null, 2)}\n`);
}, { usage: cellUsage("train") });
