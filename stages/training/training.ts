/**
 * The program of the stages pretrain and train: one loop, two sections of parameters. Resumes from its checkpoint, saves
 * one when it is asked to end and after the last step, and writes model, curves and metrics at the end.
 */
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { evaluateDataset } from "../../pipeline/score/evaluate.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { formatTsv, roundNumber } from "../../pipeline/common/io/tsv.ts";
import { type Model, writeModel } from "../../pipeline/compute/network/model_file.ts";
import { type LearningParams, scheduleNotices } from "../../pipeline/train/params.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { Batches } from "../../pipeline/train/batches.ts";
import {
  ofDatasets,
  SCENE_DATASETS,
  SCENES,
  validationPairs,
} from "../../pipeline/train/datasets.ts";
import { Sampler } from "../../pipeline/train/sampler.ts";
import { Trainer } from "../../pipeline/train/trainer.ts";
import { train, type TrainProgress } from "../../pipeline/train/train.ts";
import { Variation } from "../../pipeline/train/variation.ts";
import { format as formatBytes } from "@std/fmt/bytes";
import { CheckpointFolder } from "./checkpoint_folder.ts";
import { openFrames } from "./frames.ts";
import { stageKey } from "./inputs.ts";
import {
  loopSettings,
  type RampedSmoothness,
  samplerSettings,
  trainerSettings,
  variationSettings,
} from "./settings.ts";
import { Interrupted, leavesAtOnce, savesFirst } from "../common/ending.ts";
import { openRecordedGpu, writeAdapter } from "../common/gpu.ts";
import { lower, withSizes } from "../common/sizes.ts";
import { progress as showProgress, readSplit, writeOutput } from "../common/stage.ts";

export interface TrainingStage {
  readonly name: "pretrain" | "train";
  /** The stage's section, all of which goes into the checkpoint's key and the model's metadata. */
  readonly params: LearningParams;
  readonly start: Model;
  /** Absent for training by the photometric term alone. */
  readonly smoothness?: RampedSmoothness;
  /** The folder of the splits of scenes; absent where these are among those of `preprocess`. */
  readonly scenes?: string;
  /** Absent for a stage of the dvc.yaml of the folder it runs in. */
  readonly place?: TrainingPlace;
}

/** Where a training of another pipeline leaves what it writes, and what says what it depends on. */
export interface TrainingPlace {
  readonly results: string;
  /** The dvc.yaml that has it, and its name there. */
  readonly pipeline: string;
  readonly stage: string;
  /** What its checkpoints are called; lower-case letters. */
  readonly checkpoints: string;
}

/**
 * Trains and writes all outputs of the stage.
 * @throws {Interrupted} when it was asked to end and the checkpoint is saved
 */
export async function runTraining(
  stage: TrainingStage,
): Promise<void> {
  const { name, params, start, place } = stage;
  using ending = savesFirst("Saves a checkpoint after the step at hand, then stops.");
  const { gpu, trainer, batches } = await prepareTraining(stage);
  const validation = await readValidation(stage);
  const predictor = await preparePredictor(gpu, trainer, start, validation);
  const key = await stageKey(
    place?.stage ?? name,
    { params, adapter: gpu.adapter },
    place?.pipeline,
  );
  const checkpoints = new CheckpointFolder(place?.checkpoints ?? name, {
    key,
    steps: params.steps,
    floats: trainer.parameters.values.bytes / Float32Array.BYTES_PER_ELEMENT,
    terms: trainer.terms.length,
    averaged: params.average_decay > 0,
  }, params.checkpoints_kept);
  const rows = await resume(name, checkpoints, trainer);
  const run: Run = { ...stage, gpu, trainer, predictor, validation, rows };
  const bar = showProgress(name, params.steps);
  let losses = "";
  const finished = await withSizes(stepAdvice(stage), () =>
    train(trainer, {
      batches,
      validation,
      predictor,
      settings: loopSettings(params),
      progress: rows,
      hooks: {
        log: (row) => losses = describeLosses(trainer, row.losses),
        step: (step) => bar.update(step, losses),
        checkpoint: (state, progress) => checkpoints.save({ state, progress }),
        interrupted: () => ending.requested,
      },
    }));
  // The outputs take a while, in which what was trained must not be lost.
  if (finished) await checkpoints.save({ state: await trainer.state(), progress: rows });
  if (!finished || ending.requested) {
    throw new Interrupted(
      `${name} stopped at step ${trainer.step} of ${params.steps}; the same command goes on from there.`,
    );
  }
  bar.finish(losses);
  leavesAtOnce("Everything is trained and saved; the same command writes the outputs.");
  await writeOutputs(run);
  await checkpoints.removeAll();
  gpu.destroy();
}

/** Opens the device and the pairs, and records the steps: what comes before the first step. */
export async function prepareTraining(
  { name, params, start, smoothness, scenes: folder }: TrainingStage,
): Promise<{ gpu: Gpu; trainer: Trainer; batches: Batches }> {
  const gpu = await openRecordedGpu();
  const scenes = params.real_share < 1 ? await openFrames("scenes_train", folder) : undefined;
  const real = params.real_share > 0
    ? ofDatasets(await openFrames("real_train"), params.real_datasets, name)
    : undefined;
  const sampler = new Sampler(
    scenes,
    real,
    samplerSettings(params),
    new Rng(params.seed).fork(name),
  );
  const trainer = await withSizes(
    stepAdvice({ name, params, start }),
    () =>
      Trainer.create(gpu, start.weights, {
        ...trainerSettings(params, smoothness),
        model: start.settings,
      }),
  );
  console.error(
    `${name}: ${gpu.adapter.description}, ${trainer.dispatches} dispatches a step, ` +
      `peak device memory ${formatBytes(trainer.deviceBytes, { binary: true })}`,
  );
  for (const notice of scheduleNotices(params)) console.error(`${name}: ${notice}`);
  return { gpu, trainer, batches: await prepareBatches(gpu, trainer, sampler, { name, params }) };
}

/** What to lower where a step is too large. */
export function stepAdvice({ name, params, start }: TrainingStage): string {
  return `${lower({ ...sizesOf(name, params), "pretrain.width": start.settings.width })} ` +
    `Or raise ${name}.micro_batches = ${params.micro_batches}, into which the batch is split.`;
}

/** What decides about the size of a step. */
function sizesOf(
  name: string,
  { batch, crop }: Pick<LearningParams, "batch" | "crop">,
): Record<string, number | readonly number[]> {
  return { [`${name}.batch`]: batch, [`${name}.crop`]: crop };
}

/** The pairs with truth that validation looks at. */
async function readValidation({ name, params, scenes }: TrainingStage): Promise<FramePair[]> {
  return params.validation === SCENES
    ? await readSplit("scenes_validation", scenes)
    : validationPairs(await readSplit("real_validation"), params, name);
}

/** Makes room for the rows of a batch, as wide as their frames: the wider, the fewer rows fit into the device. */
export async function prepareBatches(
  gpu: Gpu,
  { images, drawn }: Pick<Trainer, "images" | "drawn">,
  sampler: Sampler,
  { name, params }: Pick<TrainingStage, "name" | "params">,
): Promise<Batches> {
  const advice = lower(sizesOf(name, params));
  const rng = new Rng(params.seed).fork(`${name} variation`);
  const variation = new Variation(gpu, drawn, variationSettings(params), rng);
  const width = `The widest frame has ${sampler.largestWidth} pixels.`;
  return await withSizes(
    `${advice} ${width}`,
    () => Batches.create(gpu, sampler, images, variation),
  );
}

/** Predicts with the weights as they are at the time; pairs that are too large are told here, not at the first validation. */
export async function preparePredictor(
  gpu: Gpu,
  { result }: Trainer,
  { settings }: Model,
  pairs: readonly FramePair[],
): Promise<Predictor> {
  const predictor = new Predictor(gpu, result, settings);
  for (const { dataset, width, height } of pairs) {
    const advice = SCENE_DATASETS.includes(dataset)
      ? lower({ "scene_size": width, "pretrain.width": settings.width })
      : `The pairs of ${dataset} are validated at their size: set validation to ${SCENES}.`;
    await withSizes(advice, () => predictor.prepare(width, height));
  }
  return predictor;
}

async function resume(
  name: string,
  checkpoints: CheckpointFolder,
  trainer: Trainer,
): Promise<TrainProgress> {
  const checkpoint = await checkpoints.load((sentence) => console.error(`${name}: ${sentence}`));
  if (!checkpoint) return { pending: [], lossRows: [], validationRows: [] };
  trainer.restore(checkpoint.state);
  console.error(`${name}: goes on from step ${trainer.step}`);
  return checkpoint.progress;
}

interface Run extends TrainingStage {
  readonly gpu: Gpu;
  readonly trainer: Trainer;
  readonly predictor: Predictor;
  readonly validation: readonly FramePair[];
  readonly rows: TrainProgress;
}

function describeLosses({ terms }: Trainer, losses: readonly number[]): string {
  return terms.map((term, i) => `${term} ${losses[i].toPrecision(4)}`).join("  ");
}

async function writeOutputs(
  { name, params, gpu, trainer, predictor, validation, start, place, rows }: Run,
): Promise<void> {
  const folder = place?.results ?? `results/${name}`;
  const { scores } = await evaluateDataset(
    params.validation,
    validation,
    async (...frames) => (await predictor.predict(...frames)).forward,
  );
  await writeOutput(
    `${folder}/curves/loss.tsv`,
    formatTsv(
      ["step", ...trainer.terms, "learning_rate"],
      rows.lossRows.map(({ step, losses, learningRate }) => [step, ...losses, learningRate]),
    ),
  );
  await writeOutput(
    `${folder}/curves/validation.tsv`,
    formatTsv(
      ["step", "epe_px", "epe_occ_px"],
      rows.validationRows.map(({ step, epe, epeOccluded }) => [step, epe, epeOccluded ?? ""]),
    ),
  );
  const lastLosses = rows.lossRows.at(-1)!.losses;
  const metrics = {
    steps_count: trainer.step,
    ...Object.fromEntries(trainer.terms.map((term, i) => [term, roundNumber(lastLosses[i])])),
    validation: Object.fromEntries(
      VALIDATION_SCORES.filter((key) => key in scores).map((
        key,
      ) => [key, roundNumber(scores[key])]),
    ),
  };
  await writeOutput(`${folder}/metrics.json`, `${JSON.stringify(metrics, null, 2)}\n`);
  await writeAdapter(folder, gpu, { seed: params.seed });
  const model: Model = {
    settings: start.settings,
    weights: await trainer.result.read(),
    madeBy: { ...start.madeBy, [name]: params },
  };
  await writeOutput(`${folder}/model.safetensors`, writeModel(model));
}

const VALIDATION_SCORES = [
  "epe_px",
  "epe_noc_px",
  "epe_occ_px",
  "epe_boundary_px",
  "zero_flow_epe_px",
];
