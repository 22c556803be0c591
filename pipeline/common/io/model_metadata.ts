/**
 * What model.safetensors says of itself beside its weights: which network it is, how it is set up, and the parameters of
 * every stage that made it. Apart from the network, so that who only shows it needs no kernels.
 */
import { z } from "zod";
import { parseJson } from "./json.ts";
import { type MadeBy, madeBySchema } from "./made_by.ts";

const NETWORK = "PWC-Lite";

const settingsSchema = z.strictObject({
  /** Widest as in the section pretrain of params.yaml. */
  width: z.number().positive().max(4),
  normalise_features: z.boolean(),
  centre_input: z.boolean(),
  half_pixel_warp: z.boolean().optional(),
});

export interface ModelMetadata {
  readonly settings: z.infer<typeof settingsSchema>;
  /** The parameters of each stage that made it, by stage. */
  readonly madeBy: MadeBy;
}

const MEND = "Train one with: ./run dvc repro train";

/** Of a safetensors file. */
export function formatModelMetadata({ settings, madeBy }: ModelMetadata): Record<string, string> {
  return {
    network: NETWORK,
    settings: JSON.stringify(settings),
    made_by: JSON.stringify(madeBy),
  };
}

/**
 * @param metadata of a safetensors file
 * @param file its name, for errors
 * @throws {Error} when it is another network's or none's, or an entry is damaged
 */
export function parseModelMetadata(
  metadata: Readonly<Record<string, string>>,
  file: string,
): ModelMetadata {
  const { network } = metadata;
  if (network !== NETWORK) {
    const found = network === undefined ? "names no network" : `says ${JSON.stringify(network)}`;
    throw new Error(
      `Cannot use ${file} as a model: its metadata ${found}, wanted is ${NETWORK}. ${MEND}`,
    );
  }
  const settings = parseJson(metadata.settings ?? "null", settingsSchema, {
    file,
    part: "metadata settings",
    mend: MEND,
  });
  return { settings, madeBy: parseMadeBy(metadata, file) };
}

/** The parameters alone, of a model of any network. @throws {Error} when they are damaged */
export function parseMadeBy(
  metadata: Readonly<Record<string, string>>,
  file: string,
): MadeBy {
  const source = { file, part: "metadata made_by", mend: MEND };
  return parseJson(metadata.made_by ?? "{}", madeBySchema, source);
}
