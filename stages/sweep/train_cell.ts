/**
 * One training cell of the tracked sweep: goes on from the pretrained weights like the stage train, with the cell's
 * smoothness and seed, and scores the network on the test scenes. Short, so it keeps no checkpoints.
 */
import {
  evaluateDataset,
  formatEvaluation,
  PAIR_COLUMNS,
  summaryOf,
} from "../../pipeline/score/evaluate.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { cellNamed, costOf } from "../../pipeline/smoothness/cells.ts";
import { train } from "../../pipeline/train/train.ts";
import { smoothnessOf } from "../common/settings.ts";
import { progress, readParams, readSplit, runStage, writeOutput } from "../common/stage.ts";
import { loopSettings, prepareTraining } from "../training/training.ts";

const PRETRAINED = "results/pretrain/model.safetensors";
const USAGE =
  "One training cell of the sweep: stages/sweep/train_cell.ts CELL SEED, where CELL is l1, " +
  "tv, unrolled_T3, ...\nRun all of them with: ./run dvc repro sweep/dvc.yaml";

await runStage("sweep_train", async ([name, seed, ...others]) => {
  if (others.length > 0 || !/^\d+$/.test(seed ?? "")) {
    throw new Error(`Cannot run the cell ${name}: a cell and its seed must be given, got ${seed}.`);
  }
  const cell = cellNamed(name);
  const { train: base, sweep: { train: sweep } } = await readParams();
  const weight = sweep.weights[cell.smoothness], edgeAlpha = sweep.edge_alpha[cell.smoothness];
  const params = {
    ...base,
    ...costOf(cell, base, { weight, edgeAlpha }),
    seed: Number(seed),
    // Neither validation nor checkpoints on the way.
    validate_every: base.steps,
    checkpoint_every: base.steps,
  };
  const start = readModel(await Deno.readFile(PRETRAINED), PRETRAINED);
  const { gpu, trainer, sampler } = await prepareTraining({
    name: "train",
    params,
    start,
    smoothness: smoothnessOf(params),
  });
  const bar = progress(`${name} seed ${seed}`, params.steps);
  await train(trainer, {
    gpu,
    sampler,
    validation: [],
    model: start.settings,
    settings: loopSettings(params),
    progress: { pending: [], lossRows: [], validationRows: [] },
    hooks: {
      step: (step) => bar.update(step),
      checkpoint: () => Promise.resolve(),
      interrupted: () => false,
    },
  });
  const predictor = new Predictor(gpu, trainer.parameters, start.settings);
  const { scores, rows } = await evaluateDataset(
    "scenes",
    await readSplit("scenes_test"),
    async (...frames) => (await predictor.predict(...frames)).forward,
    { pictures: 0, pictureMaximum: 0 },
  );
  bar.finish(`EPE ${scores.epe_px?.toFixed(3)} px`);
  const out = `results/sweep/train/${name}_seed${seed}`;
  const cost = { weight, edge_alpha: edgeAlpha };
  await writeOutput(
    `${out}/metrics.json`,
    formatEvaluation({ ...summaryOf({ scenes: scores }), cost }),
  );
  await writeOutput(`${out}/pairs.tsv`, formatTsv([...PAIR_COLUMNS], rows));
  await writeOutput(
    `${out}/adapter.json`,
    `${JSON.stringify({ ...gpu.adapter, seed: params.seed }, null, 2)}\n`,
  );
  gpu.destroy();
}, { usage: USAGE });
