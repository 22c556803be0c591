/** All sections of params.yaml, and what must hold between them. */
import {
  type CrossCheck,
  type ParsedSections,
  parseSections,
} from "../../pipeline/common/params/parse.ts";
import { sourceProblems } from "../../pipeline/fetch/catalogue.ts";
import { similarityProblems } from "../../pipeline/compute/photometric_params.ts";
import { datasetProblems } from "../../pipeline/train/datasets.ts";
import { learningProblems } from "../../pipeline/train/params.ts";
import { directSchema } from "../../pipeline/direct/params.ts";
import { downloadSchema } from "../download/params.ts";
import { evaluateSchema } from "../evaluate/params.ts";
import { preprocessSchema } from "../preprocess/params.ts";
import { pretrainSchema } from "../pretrain/params.ts";
import { trainSchema } from "../train/params.ts";

const SECTIONS = {
  download: downloadSchema,
  preprocess: preprocessSchema,
  pretrain: pretrainSchema,
  train: trainSchema,
  evaluate: evaluateSchema,
  direct: directSchema,
};

/** All parameters, by section; the keys are those of params.yaml. */
export type Params = ParsedSections<typeof SECTIONS>;

/** Section names in the order of the stages. */
export const sectionNames = Object.keys(SECTIONS) as (keyof Params)[];

/**
 * Parses params.yaml.
 * @param content text, or bytes that must be UTF-8
 * @throws {Error} one line for each key that is unknown (with the closest known one), missing or out of its range
 */
export function parseParams(content: string | Uint8Array): Params {
  return parseSections(content, SECTIONS, { crossCheck: betweenSections });
}

/**
 * And what a range does not say: the names of the catalogue, which no schema holds, so that no stage depends on them. How large the
 * scenes are that are trained on, another file says: see scene_size.ts.
 */
const betweenSections: CrossCheck<typeof SECTIONS> = (params) => [
  ...sourceProblems(params.download.sources).map((problem) => `download.sources: ${problem}`),
  ...(["pretrain", "train", "direct"] as const)
    .flatMap((name) => similarityProblems(name, params[name])),
  ...(["pretrain", "train"] as const).flatMap((name) => [
    ...learningProblems(name, params[name], Infinity),
    ...datasetProblems(name, params[name], params.preprocess.real_validation_pairs),
  ]),
  ...params.evaluate.submissions && !params.preprocess.test_frames
    ? [
      "evaluate.submissions needs the frames of the test parts: preprocess.test_frames must be true, got false.",
    ]
    : [],
];
