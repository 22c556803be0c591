/**
 * model.safetensors: the weights by name, and in its metadata what is needed to use them and what made them.
 */
import { z } from "zod";
import {
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from "../../common/io/safetensors.ts";
import { fileShape, type ParameterDescription } from "../parameters.ts";
import { describePwcLite, type PwcLiteSettings } from "./pwclite.ts";

const settingsSchema = z.object({
  width: z.number().positive(),
  normalise_features: z.boolean(),
  centre_input: z.boolean(),
});

export interface Model {
  readonly settings: PwcLiteSettings;
  /** In the order of files, [co, ci, k, k] or [co]. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** The parameters of every stage that made it, by stage. */
  readonly madeBy: Readonly<Record<string, unknown>>;
}

/** The bytes of model.safetensors. */
export function writeModel({ settings, weights, madeBy }: Model): Uint8Array<ArrayBuffer> {
  const tensors = describePwcLite(settings.width).map((description): [string, NamedTensor] => [
    description.name,
    { shape: fileShape(description), data: weights.get(description.name)! },
  ]);
  return writeSafetensors(tensors, {
    network: "PWC-Lite",
    settings: JSON.stringify({
      width: settings.width,
      normalise_features: settings.normaliseFeatures,
      centre_input: settings.centreInput,
    }),
    made_by: JSON.stringify(madeBy),
  });
}

/**
 * Reads model.safetensors.
 * @param name the file's name, for errors
 * @throws {Error} when the metadata is missing, or listing every name that is missing, unknown or of a wrong shape
 */
export function readModel(bytes: Uint8Array, name: string): Model {
  const { tensors, metadata } = readSafetensors(bytes, name);
  let settings: PwcLiteSettings, madeBy: Record<string, unknown>;
  try {
    const given = settingsSchema.parse(JSON.parse(metadata.settings ?? "null"));
    settings = {
      width: given.width,
      normaliseFeatures: given.normalise_features,
      centreInput: given.centre_input,
    };
    madeBy = JSON.parse(metadata.made_by ?? "{}");
  } catch (error) {
    throw new Error(
      `Cannot use ${name} as a model: its metadata does not describe a PWC-Lite of this project ` +
        `(${(error as Error).message}). Train one with: dvc repro train`,
    );
  }
  return {
    settings,
    weights: matchWeights(tensors, describePwcLite(settings.width), name),
    madeBy,
  };
}

/**
 * Takes the tensors that a network needs, by name.
 * @throws {Error} listing every name that is missing, unknown or of a wrong shape, with both shapes
 */
export function matchWeights(
  tensors: ReadonlyMap<string, NamedTensor>,
  descriptions: readonly ParameterDescription[],
  source: string,
): Map<string, Float32Array> {
  const problems: string[] = [];
  const weights = new Map<string, Float32Array>();
  for (const description of descriptions) {
    const wanted = fileShape(description);
    const given = tensors.get(description.name);
    if (!given) problems.push(`${description.name} [${wanted}] is missing`);
    else if (given.shape.join() !== wanted.join()) {
      problems.push(`${description.name} is [${given.shape}], wanted is [${wanted}]`);
    } else weights.set(description.name, Float32Array.from(given.data));
  }
  const known = new Set(descriptions.map(({ name }) => name));
  for (const [name, { shape }] of tensors) {
    if (!known.has(name)) problems.push(`${name} [${shape}] is unknown`);
  }
  if (problems.length > 0) {
    throw new Error(
      `Cannot load the weights of ${source}:\n  ${problems.join("\n  ")}\n` +
        `Is its width the one of this network?`,
    );
  }
  return weights;
}
