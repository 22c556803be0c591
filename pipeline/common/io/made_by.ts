/**
 * What an output says of the parameters that made it: sections of the files of parameters, by name, as far as the stage
 * declares them in dvc.yaml and no further, so that no other parameter can change its bytes. Models have it in their metadata, and
 * JSON files under a key of this name.
 */
import { z } from "zod";
import { parseJson } from "./json.ts";

/** The key, in JSON. */
export const MADE_BY = "made_by";

export const madeBySchema = z.record(z.string(), z.record(z.string(), z.unknown()));

export type MadeBy = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const fileSchema = z.looseObject({ [MADE_BY]: madeBySchema.optional() });

/**
 * @param file its path, for errors
 * @returns undefined for a file that does not say
 * @throws {Error} when it is not a JSON object, or the key holds anything but sections
 */
export function parseMadeByKey(text: string | Uint8Array, file: string): MadeBy | undefined {
  return parseJson(text, fileSchema, { file })[MADE_BY];
}

/** The keys of a section that a stage declares: all that it may take of it, and what its outputs say. */
export function declared<T extends object, K extends keyof T>(
  section: T,
  keys: readonly K[],
): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, section[key]])) as Pick<T, K>;
}
