/** All sections of the params.yaml of frames of one's own, and what must hold between them. */
import {
  type CrossCheck,
  type ParsedSections,
  parseSections,
} from "../../pipeline/common/params/parse.ts";
import { similarityProblems } from "../../pipeline/compute/photometric_params.ts";
import { noDatasetProblems } from "../../pipeline/train/datasets.ts";
import { learningProblems } from "../../pipeline/train/params.ts";
import { ownEvaluateSchema, ownPreprocessSchema } from "../own_frames/params.ts";
import { trainSchema } from "../train/params.ts";

const SECTIONS = {
  preprocess: ownPreprocessSchema,
  train: trainSchema,
  evaluate: ownEvaluateSchema,
};

export type OwnParams = ParsedSections<typeof SECTIONS>;

/**
 * @param content text, or bytes that must be UTF-8
 * @param file its name, for errors
 * @throws {Error} one line for each key that is unknown (with the closest known one), missing or out of its range
 */
export function parseOwnParams(content: string | Uint8Array, file = "params.yaml"): OwnParams {
  return parseSections(content, SECTIONS, { file, crossCheck: betweenSections });
}

const betweenSections: CrossCheck<typeof SECTIONS> = ({ train }) => [
  ...similarityProblems("train", train),
  ...learningProblems("train", train, Infinity),
  ...train.real_share < 1
    ? [`train.real_share must be 1, got ${train.real_share}: only the frames are trained on.`]
    : [],
  ...noDatasetProblems("train", train, "there are the frames to train on, and drawn scenes"),
];
