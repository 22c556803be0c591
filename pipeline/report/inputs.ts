/** What the report reads beside scores, tables and the model: parameters, metrics of training, and the graph of stages. */
import { z } from "zod";
import { parseJson } from "../common/io/json.ts";
import { parseYaml } from "../common/io/yaml.ts";
import type { ColumnKind } from "../common/io/tsv.ts";
import { CATALOGUE } from "../fetch/catalogue.ts";
import type { StageDefinition } from "./lineage.ts";

const section = z.record(z.string(), z.unknown());
const sourceName = z.string().refine((name) => Object.hasOwn(CATALOGUE, name), {
  error: "must be a source of the catalogue",
});
const parametersSchema = z.object({
  download: z.looseObject({ sources: z.array(sourceName) }),
  preprocess: section,
  direct: section,
  evaluate: section,
});
const modelsParametersSchema = z.object({ textures: section, quick_scenes: section });
const trainingSchema = z.record(
  z.string(),
  z.union([z.number(), z.record(z.string(), z.number())], {
    error: "must be a number, or numbers by name",
  }),
);
const texts = z.array(z.string());
const graphSchema = z.array(z.strictObject({
  name: z.string(),
  cmd: z.string(),
  params: texts,
  outs: texts,
  data: texts,
  code: texts,
}));

/** Of the curves of a stage that trained. */
export const LOSS_COLUMNS: Readonly<Record<string, ColumnKind>> = {
  step: "number",
  total_loss: "number",
  photometric_loss: "number",
  smoothness_loss: "number",
};
export const VALIDATION_COLUMNS: Readonly<Record<string, ColumnKind>> = {
  step: "number",
  epe_px: "number or nothing",
  epe_occ_px: "number or nothing",
};

const anew = (stage: string) => `Make it anew with: ./run dvc repro -f ${stage}`;

/** All sections of params.yaml that are not in the model. @throws {Error} with the file and the place of what is wrong */
export function parseParameters(
  text: string | Uint8Array,
  file: string,
): z.infer<typeof parametersSchema> {
  return parseYaml(text, parametersSchema, { file });
}

/** What of models/params.yaml the experiment trains on. @throws {Error} as parseParameters() */
export function parseModelsParameters(
  text: string | Uint8Array,
  file: string,
): z.infer<typeof modelsParametersSchema> {
  return parseYaml(text, modelsParametersSchema, { file });
}

/** metrics.json of a stage that trained. @throws {Error} with the file and the place of what is wrong */
export function parseTraining(
  text: string | Uint8Array,
  file: string,
  stage: string,
): z.infer<typeof trainingSchema> {
  return parseJson(text, trainingSchema, { file, mend: anew(stage) });
}

/** stages/report/graph.json. @throws {Error} with the file and the place of what is wrong */
export function parseGraph(text: string, file: string): StageDefinition[] {
  return parseJson(text, graphSchema, { file, mend: "Write it anew with: ./run deno task deps" });
}
