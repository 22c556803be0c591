/**
 * model.safetensors: the weights by name, and in its metadata what is needed to use them and what made them.
 */
import type { MadeBy } from "../../common/io/made_by.ts";
import { formatModelMetadata, parseModelMetadata } from "../../common/io/model_metadata.ts";
import {
  dtypeOf,
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from "../../common/io/safetensors.ts";
import { fileShape } from "../parameters.ts";
import { describePwcLite, type PwcLiteSettings } from "./pwclite.ts";

/** The whole network missing, and as much too much, is listed in full. */
const MOST_LISTED = 150;

export interface Model {
  readonly settings: PwcLiteSettings;
  /** In the order of files, [co, ci, k, k] or [co]. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** The parameters of every stage that made it, by stage. */
  readonly madeBy: MadeBy;
}

/** The bytes of model.safetensors. */
export function writeModel({ settings, weights, madeBy }: Model): Uint8Array<ArrayBuffer> {
  const tensors = describePwcLite(settings.width).map((description): [string, NamedTensor] => [
    description.name,
    { shape: fileShape(description), data: weights.get(description.name)! },
  ]);
  const { width, normaliseFeatures, centreInput, halfPixelWarp } = settings;
  const inFile = {
    width,
    normalise_features: normaliseFeatures,
    centre_input: centreInput,
    // Only where it holds: files of all other models stay as they were.
    ...halfPixelWarp && { half_pixel_warp: true },
  };
  return writeSafetensors(tensors, formatModelMetadata({ settings: inFile, madeBy }));
}

/**
 * Reads model.safetensors.
 * @param name the file's name, for errors
 * @throws {Error} when the metadata is missing or another network's, or listing every tensor that is missing, unknown,
 *   of a wrong shape or type, or holds what is no number
 */
export function readModel(bytes: Uint8Array, name: string): Model {
  const { tensors, metadata } = readSafetensors(bytes, name);
  const { settings, madeBy } = parseModelMetadata(metadata, name);
  return {
    settings: {
      width: settings.width,
      normaliseFeatures: settings.normalise_features,
      centreInput: settings.centre_input,
      ...settings.half_pixel_warp && { halfPixelWarp: true },
    },
    weights: matchWeights(tensors, settings.width, name, "Train one with: ./run dvc repro train"),
    madeBy,
  };
}

/**
 * Takes the tensors that a network of a width needs, by name.
 * @param source the file's name, for errors
 * @param mend what to do about a wrong one, as a sentence
 * @throws {Error} listing every tensor that is missing, unknown, of a wrong shape or type, or holds what is no number
 */
export function matchWeights(
  tensors: ReadonlyMap<string, NamedTensor>,
  width: number,
  source: string,
  mend: string,
): Map<string, Float32Array> {
  const descriptions = describePwcLite(width);
  const problems: string[] = [];
  const weights = new Map<string, Float32Array>();
  for (const description of descriptions) {
    const { name } = description;
    const wanted = fileShape(description);
    const given = tensors.get(name);
    if (!given) problems.push(`${name} [${wanted}] is missing`);
    else if (given.shape.join() !== wanted.join()) {
      problems.push(`${name} is [${given.shape}], wanted is [${wanted}]`);
    } else if (!(given.data instanceof Float32Array)) {
      problems.push(`${name} is ${dtypeOf(given.data)}, wanted is F32`);
    } else {
      const bad = given.data.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        problems.push(`${name} holds ${given.data[bad]} at element ${bad}, wanted are numbers`);
      }
      weights.set(name, given.data);
    }
  }
  const known = new Set(descriptions.map(({ name }) => name));
  for (const [name, { shape }] of tensors) {
    if (!known.has(name)) problems.push(`${name} [${shape}] is unknown`);
  }
  if (problems.length > 0) {
    const others = problems.splice(MOST_LISTED).length;
    if (others > 0) problems.push(`and ${others} more`);
    throw new Error(
      `Cannot use ${source}: its weights are not those of PWC-Lite of width ${width}:\n  ` +
        `${problems.join("\n  ")}\n${mend}`,
    );
  }
  return weights;
}
