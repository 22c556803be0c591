/**
 * Shrinks a params.yaml so that the whole experiment takes a minute: few small scenes, few steps. What it computes
 * means nothing; that it computes, and twice the same, is what CI asks. Comments and all other keys stay.
 * Usage: deno run --allow-read=FILE --allow-write=FILE tools/tiny_profile.ts FILE
 */
import { parseDocument } from "yaml";
import { parseParams } from "../stages/check/params.ts";

const TINY: Record<string, number | (number | string)[]> = {
  "preprocess.scenes_train": 6,
  "preprocess.scenes_validation": 3,
  "preprocess.scenes_test": 3,
  "preprocess.scene_size": 64,
  "pretrain.steps": 12,
  "pretrain.warmup_steps": 4,
  "pretrain.occlusion_from_step": 6,
  "pretrain.checkpoint_every": 5,
  "pretrain.log_every": 4,
  "pretrain.validate_every": 6,
  "train.steps": 6,
  "train.warmup_steps": 2,
  "train.checkpoint_every": 3,
  "train.log_every": 2,
  "train.validate_every": 3,
  "train.real_share": 0.25,
  "evaluate.real_scale": 0.25,
  "evaluate.pictures": 1,
  "direct.pictures": 1,
  "sweep.bootstrap_resamples": 100,
  "sweep.direct.unroll_iterations": [1],
  "sweep.direct.stop_gradient_iterations": [],
  "sweep.direct.smoothness": ["l1"],
  "sweep.direct.validation_pairs": 1,
  "sweep.direct.weights.unrolled": [0.3],
  "sweep.direct.weights.l1": [10, 30],
  "sweep.train.seeds": [1, 2],
  "sweep.train.unroll_iterations": [1],
  "sweep.train.smoothness": ["l1"],
};

/** The text of params.yaml with the tiny profile's values. @throws {Error} when the result is not allowed */
export function tinyProfile(text: string): string {
  const document = parseDocument(text);
  for (const [name, value] of Object.entries(TINY)) document.setIn(name.split("."), value);
  const tiny = document.toString();
  parseParams(tiny);
  return tiny;
}

if (import.meta.main) {
  const [file, ...others] = Deno.args;
  if (!file || others.length > 0) {
    console.error("Usage: tools/tiny_profile.ts FILE, which it rewrites: a params.yaml.");
    Deno.exit(2);
  }
  await Deno.writeTextFile(file, tinyProfile(await Deno.readTextFile(file)));
}
