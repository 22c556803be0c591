/** The schema of the experiment that sweep/params.yaml may have of its own: layered scenes, pretraining, and what training cells share. */
import type { z } from "zod";
import { type ParsedSections, parseSections } from "../../pipeline/common/params/parse.ts";
import { similarityProblems } from "../../pipeline/compute/photometric_params.ts";
import { noDatasetProblems } from "../../pipeline/train/datasets.ts";
import { learningProblems } from "../../pipeline/train/params.ts";
import { pretrainSchema } from "../pretrain/params.ts";
import { trainSchema } from "../train/params.ts";
import { TRAIN_KEYS } from "./declared.ts";
import {
  EXPERIMENT_SECTIONS,
  experimentSections,
  FILE,
  SECTIONS,
  weightProblems,
} from "./params.ts";
import { scenesSchema } from "./scenes_params.ts";

type TrainKey = typeof TRAIN_KEYS[number];

const trainKeysSchema = trainSchema.pick(
  Object.fromEntries(TRAIN_KEYS.map((key) => [key, true])) as Record<TrainKey, true>,
);

/** What all training cells take of a section train. */
export type TrainKeys = z.infer<typeof trainKeysSchema>;

const EXPERIMENT = {
  scenes: scenesSchema,
  pretrain: pretrainSchema,
  train: trainKeysSchema,
};

export type OwnExperiment = ParsedSections<typeof EXPERIMENT>;

/**
 * All of a sweep/params.yaml that has an experiment of its own.
 * @param content text, or bytes that must be UTF-8
 * @returns undefined when it has none
 * @throws {Error} one line for each key that is unknown (with the closest known one), missing or out of its range
 */
export function parseExperiment(
  content: string | Uint8Array,
  file = FILE,
): OwnExperiment | undefined {
  if (experimentSections(content, file).length === 0) return undefined;
  return parseSections(content, { ...EXPERIMENT, ...SECTIONS }, {
    file,
    crossCheck: (params) => [...weightProblems(params), ...experimentProblems(params)],
  });
}

/** @throws {Error} as parseExperiment(), and when there is none */
export async function readExperiment(): Promise<OwnExperiment> {
  const experiment = parseExperiment(await Deno.readFile(FILE));
  if (experiment) return experiment;
  throw new Error(
    `Cannot use ${FILE}: it has no sections ${
      EXPERIMENT_SECTIONS.join(", ")
    }, which this stage needs. ` +
      `Restore it with: git checkout ${FILE}`,
  );
}

function experimentProblems({ scenes, pretrain, train }: OwnExperiment): string[] {
  // Cells neither validate on the way nor keep checkpoints.
  const { seed, checkpoint_every, checkpoints_kept, validation } = pretrain;
  const unused = {
    seed,
    checkpoint_every,
    checkpoints_kept,
    validation,
    validate_every: train.steps,
  };
  return Object.entries({ pretrain, train: { ...train, ...unused } }).flatMap(([name, params]) => [
    ...similarityProblems(name, params),
    ...learningProblems(name, params, scenes.scene_size, "scenes.scene_size"),
    ...params.real_share > 0
      ? [`${name}.real_share must be 0, got ${params.real_share}: there are only scenes.`]
      : [],
    ...noDatasetProblems(name, params, "there are only scenes"),
  ]);
}
