/**
 * Shrinks params.yaml and those of the sweep and of the general model so that each takes a minute: few small scenes, few steps.
 * What it computes means nothing; that it computes, and twice the same, is what CI asks. Comments and all other keys stay.
 * Usage, in the root of a clone:
 *   deno run --ignore-env --allow-read=params.yaml,sweep,models --allow-write=params.yaml,sweep,models tools/tiny_profile.ts
 */
import { parseDocument } from "yaml";
import { parseParams } from "../stages/check/params.ts";
import { parseModelsParams } from "../stages/check/models_params.ts";
import { parseExperiment } from "../stages/sweep_cells/experiment_params.ts";
import { parseSweepParams } from "../stages/sweep_cells/params.ts";

type Values = Readonly<Record<string, number | (number | string)[]>>;

/** What every pretraining has. */
const PRETRAINING: Values = {
  "pretrain.steps": 12,
  "pretrain.crop": 64,
  "pretrain.warmup_steps": 4,
  "pretrain.occlusion_from_step": 6,
  "pretrain.checkpoint_every": 5,
  "pretrain.log_every": 4,
  "pretrain.validate_every": 6,
};

/** What every training that keeps checkpoints has. */
const TRAINING: Values = {
  "train.steps": 6,
  "train.crop": 64,
  "train.warmup_steps": 2,
  "train.checkpoint_every": 3,
  "train.log_every": 2,
  "train.validate_every": 3,
};

const TINY: Values = {
  "preprocess.scenes_test": 3,
  "preprocess.scene_size": 64,
  ...PRETRAINING,
  ...TRAINING,
  "train.real_share": 0.25,
  "evaluate.real_scale": 0.25,
  "evaluate.pictures": 1,
  "direct.pictures": 1,
};

const TINY_SWEEP: Values = {
  "scenes.scenes_train": 6,
  "scenes.scenes_validation": 3,
  "scenes.scenes_test": 3,
  "scenes.scene_size": 64,
  ...PRETRAINING,
  "train.steps": 6,
  "train.warmup_steps": 2,
  "train.log_every": 2,
  "comparison.bootstrap_resamples": 100,
  "direct_cells.unroll_iterations": [1],
  "direct_cells.stop_gradient_iterations": [],
  "direct_cells.smoothness": ["l1"],
  "direct_cells.validation_pairs": 1,
  "direct_cells.weights.unrolled": [0.3],
  "direct_cells.weights.l1": [10, 30],
  "train_cells.seeds": [1, 2],
  "train_cells.unroll_iterations": [1],
  "train_cells.smoothness": ["l1"],
  "train_cells.weights.l1": [20, 50],
};

const TINY_MODELS: Values = {
  "quick_scenes.scenes_train": 6,
  "quick_scenes.scenes_validation": 3,
  "quick_scenes.scene_size": 64,
  "preprocess.scenes_train": 8,
  "preprocess.scenes_validation": 2,
  "preprocess.scenes_test": 3,
  "preprocess.scene_size": 64,
  ...PRETRAINING,
  ...TRAINING,
  "evaluate.pictures": 1,
};

/** The text of params.yaml with the tiny profile's values. @throws {Error} when the result is not allowed */
export function tinyProfile(text: string): string {
  return changed(text, TINY, parseParams);
}

/** The same for sweep/params.yaml. */
export function tinySweep(text: string): string {
  return changed(text, TINY_SWEEP, (tiny) => {
    parseSweepParams(tiny);
    parseExperiment(tiny);
  });
}

/** The same for models/params.yaml. */
export function tinyModels(text: string): string {
  return changed(text, TINY_MODELS, parseModelsParams);
}

function changed(text: string, values: Values, check: (text: string) => unknown): string {
  const document = parseDocument(text);
  for (const [name, value] of Object.entries(values)) document.setIn(name.split("."), value);
  const tiny = document.toString();
  check(tiny);
  return tiny;
}

if (import.meta.main) {
  if (Deno.args.length > 0) {
    console.error(
      "Usage: tools/tiny_profile.ts, which rewrites params.yaml, sweep/params.yaml and models/params.yaml.",
    );
    Deno.exit(2);
  }
  const files = [
    ["params.yaml", tinyProfile],
    ["sweep/params.yaml", tinySweep],
    ["models/params.yaml", tinyModels],
  ] as const;
  for (const [file, shrink] of files) {
    await Deno.writeTextFile(file, shrink(await Deno.readTextFile(file)));
  }
}
