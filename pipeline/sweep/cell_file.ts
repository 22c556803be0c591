/** What a cell of the sweep leaves for the comparison: its cost and what trained it, in metrics.json, and the columns of its tables. */
import { z } from "zod";
import { parseJson } from "../common/io/json.ts";
import type { ColumnKind } from "../common/io/tsv.ts";
import { SCORE_NAMES, SCORES, ZERO_FLOW } from "./compare.ts";

const schema = z.object({
  cost: z.object({
    weight: z.number(),
    /** Chosen by occluded pixels and near boundaries; absent where only one weight was asked for. */
    edges_weight: z.number().optional(),
    edge_alpha: z.number(),
  }),
  /** Parameters of the network's trainings; a cell without a network has neither. */
  made_by: z.object({
    pretrain: z.object({ width: z.number(), steps: z.number() }).optional(),
    train: z.object({
      steps: z.number(),
      batch: z.number(),
      crop: z.union([z.number(), z.tuple([z.number(), z.number()])]),
    }).optional(),
  }).optional(),
});

export type CellFile = z.infer<typeof schema>;
export type Cost = CellFile["cost"];

/** Columns that are compared; where a region has no pixel, there is no score. */
export const COMPARED_COLUMNS: Readonly<Record<string, ColumnKind>> = {
  pair: "text",
  ...Object.fromEntries(SCORE_NAMES.flatMap((score): [string, ColumnKind][] => [
    [score, "number or nothing"],
    [ZERO_FLOW + score, "number or nothing"],
    [`pixels_${SCORES[score]}_count`, "number"],
  ])),
};

/** Of the weights that a cell tried, on the validation scenes. */
export const TUNING_COLUMNS: Readonly<Record<string, ColumnKind>> = {
  weight: "number",
  epe_px: "number or nothing",
  epe_occ_px: "number or nothing",
  epe_boundary_px: "number or nothing",
};

/**
 * The metrics.json of a cell.
 * @param file its path, for errors
 * @throws {Error} when it is not JSON or names no weights
 */
export function parseCell(text: string | Uint8Array, file: string): CellFile {
  return parseJson(text, schema, {
    file,
    mend: "Run the cell again with: ./run dvc repro -f sweep/dvc.yaml",
  });
}

/** What trained the network of a cell, in a sentence; empty where its file does not say. */
export function trainingInWords({ made_by: { pretrain, train } = {} }: CellFile): string {
  if (!pretrain || !train) return "";
  const [height, width] = typeof train.crop === "number" ? [train.crop, train.crop] : train.crop;
  return `Networks of width ${pretrain.width}, pretrained for ${pretrain.steps} steps; each is then trained for ` +
    `${train.steps} steps of ${train.batch} crops of ${height} × ${width} px.`;
}
