/** The files of a new folder of own frames: its pipeline, its parameters, and what Git leaves out of it. */
import { type Document, parseDocument } from "yaml";
import { parseOwnParams } from "../../stages/check/own_params.ts";
import { ALL, SCENES } from "../../pipeline/train/datasets.ts";
import pipeline from "./pipeline.yaml" with { type: "text" };
import template from "./params.yaml" with { type: "text" };

const WARMUP_STEPS = 20;
/** What differs from the section train of the experiment: a few steps that go on from a model, on frames alone. */
const TRAIN: Readonly<Record<string, number | string | readonly string[]>> = {
  steps: 300,
  // Fits frames of any camera.
  crop: 64,
  real_share: 1,
  real_datasets: [ALL],
  curriculum_start: 1,
  curriculum_end: 1,
  learning_rate: 0.0003,
  warmup_steps: WARMUP_STEPS,
  checkpoint_every: 100,
  log_every: 10,
  validate_every: 100,
  validation: SCENES,
};

export const PIPELINE: string = pipeline;

/** Frames are large, the model is a copy; both are in dvc.lock by their hash. */
export const IGNORED =
  "/frames\n/frames.partial\n/frames.sha256\n/checkpoints\n/start.safetensors\n/results/preprocess\n";

/**
 * params.yaml of a new folder.
 * @param experiment text of the root's params.yaml, whose section train is taken
 * @param file its name, for errors
 * @throws {Error} when what comes of it is not allowed
 */
export function newParams(experiment: string, steps: number | undefined, file: string): string {
  const document = parseDocument(template, { version: "1.2" });
  const train = parseDocument(experiment).get("train");
  document.set("train", train);
  for (const [key, value] of Object.entries(TRAIN)) document.setIn(["train", key], value);
  return checked(document, steps, file);
}

/** params.yaml of a folder that is there, with other steps. @throws {Error} as newParams() */
export function changedParams(present: string, steps: number | undefined, file: string): string {
  if (steps !== undefined) return checked(parseDocument(present), steps, file);
  parseOwnParams(present, file);
  return present;
}

function checked(document: Document, steps: number | undefined, file: string): string {
  if (steps !== undefined) {
    const before = Number(document.getIn(["train", "steps"]));
    const warmup = document.getIn(["train", "warmup_steps"]);
    document.setIn(["train", "steps"], steps);
    if (typeof warmup === "number") {
      // Shortened for fewer steps, it grows with them again; one that was chosen stays, as far as there are steps.
      const wanted = warmup === Math.min(WARMUP_STEPS, before) ? WARMUP_STEPS : warmup;
      document.setIn(["train", "warmup_steps"], Math.min(wanted, steps));
    }
  }
  const text = document.toString({ lineWidth: 0 });
  parseOwnParams(text, file);
  return text;
}
