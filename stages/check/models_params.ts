/** All sections of models/params.yaml, and what must hold between them. */
import {
  type CrossCheck,
  type ParsedSections,
  parseSections,
} from "../../pipeline/common/params/parse.ts";
import { similarityProblems } from "../../pipeline/compute/photometric_params.ts";
import { directSchema } from "../../pipeline/direct/params.ts";
import { noDatasetProblems } from "../../pipeline/train/datasets.ts";
import { learningProblems } from "../../pipeline/train/params.ts";
import { evaluateSchema } from "../evaluate/params.ts";
import { PHOTO_SCENES, texturesSchema } from "../photo_scenes/params.ts";
import { pretrainSchema } from "../pretrain/params.ts";
import { trainSchema } from "../train/params.ts";

const SECTIONS = {
  textures: texturesSchema,
  ...PHOTO_SCENES,
  pretrain: pretrainSchema,
  train: trainSchema,
  evaluate: evaluateSchema,
  direct: directSchema,
};

export type ModelsParams = ParsedSections<typeof SECTIONS>;

/**
 * @param content text, or bytes that must be UTF-8
 * @param file its name, for errors
 * @throws {Error} one line for each key that is unknown (with the closest known one), missing or out of its range
 */
export function parseModelsParams(
  content: string | Uint8Array,
  file = "models/params.yaml",
): ModelsParams {
  return parseSections(content, SECTIONS, { file, crossCheck: betweenSections });
}

const betweenSections: CrossCheck<typeof SECTIONS> = (params) => [
  ...(["pretrain", "train", "direct"] as const)
    .flatMap((name) => similarityProblems(name, params[name])),
  ...(["pretrain", "train"] as const).flatMap((name) => [
    ...learningProblems(name, params[name], params.preprocess.scene_size),
    ...params[name].real_share > 0
      ? [`${name}.real_share must be 0, got ${params[name].real_share}: there are only scenes.`]
      : [],
    ...noDatasetProblems(name, params[name], "there are only scenes"),
  ]),
  ...params.evaluate.submissions
    ? ["evaluate.submissions must be false, got true: there are only scenes."]
    : [],
];
