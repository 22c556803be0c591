/**
 * One training cell of the tracked sweep: for each seed, goes on from the pretrained weights like the stage train, with the
 * cell's smoothness, and scores the network on the test scenes. Short, so it keeps no checkpoints.
 */
import { evaluateDataset, PAIR_COLUMNS } from "../../pipeline/score/evaluate.ts";
import { declared, MADE_BY } from "../../pipeline/common/io/made_by.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { costOf } from "../../pipeline/smoothness/cells.ts";
import { SCENES } from "../../pipeline/train/datasets.ts";
import { train } from "../../pipeline/train/train.ts";
import { writeAdapter } from "../common/gpu.ts";
import { readWhole } from "../common/read_whole.ts";
import { progress, readSection, readSplit, runStage, writeOutput } from "../common/stage.ts";
import { rampedSmoothness, trainSchema } from "../train/params.ts";
import { loopSettings } from "../training/settings.ts";
import { preparePredictor, prepareTraining } from "../training/training.ts";
import { TRAIN_KEYS } from "./declared.ts";
import { cellOfStage, cellUsage } from "./cell_of_stage.ts";
import { parseSweepParams } from "./params.ts";
import { pairsOfSeed } from "./runs.ts";

const PRETRAINED = "results/pretrain/model.safetensors";
await runStage("train_cell", async (others) => {
  if (others.length > 0) {
    throw new Error(`Cannot run the cell ${others.join(", ")}. ${cellUsage("train")}`);
  }
  const cell = cellOfStage(Deno.env.get("DVC_STAGE"), "train");
  const { name } = cell;
  const base = declared(await readSection("train", trainSchema), TRAIN_KEYS);
  const { train_cells: sweep } = parseSweepParams(await Deno.readFile("sweep/params.yaml"));
  const weight = sweep.weights[cell.smoothness], edgeAlpha = sweep.edge_alpha[cell.smoothness];
  const out = `results/sweep/train/${name}`;
  const test = await readSplit("scenes_test");
  const start = readModel(await readWhole(PRETRAINED), PRETRAINED);
  for (const seed of sweep.seeds) {
    const params = {
      ...base,
      ...costOf(cell, base, { weight, edgeAlpha }),
      seed,
      // Neither validation nor checkpoints on the way.
      validation: SCENES,
      validate_every: base.steps,
      checkpoint_every: base.steps,
    };
    const { gpu, trainer, batches } = await prepareTraining({
      name: "train",
      params,
      start,
      smoothness: rampedSmoothness(params),
    });
    const predictor = await preparePredictor(gpu, trainer, start, test);
    const bar = progress(`${name} seed ${seed}`, params.steps);
    await train(trainer, {
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
    });
    const { scores, rows } = await evaluateDataset(
      "scenes",
      test,
      async (...frames) => (await predictor.predict(...frames)).forward,
    );
    bar.finish(`EPE ${scores.epe_px?.toFixed(3)} px`);
    await writeOutput(`${out}/${pairsOfSeed(seed)}`, formatTsv([...PAIR_COLUMNS], rows));
    await writeAdapter(out, gpu);
    gpu.destroy();
  }
  const cost = { weight, edge_alpha: edgeAlpha };
  const madeBy = {
    ...start.madeBy,
    train: base,
    train_cells: {
      seeds: sweep.seeds,
      weights: { [cell.smoothness]: weight },
      edge_alpha: { [cell.smoothness]: edgeAlpha },
    },
  };
  const metrics = { cost, [MADE_BY]: madeBy };
  await writeOutput(`${out}/metrics.json`, `${JSON.stringify(metrics, null, 2)}\n`);
}, { usage: cellUsage("train") });
