/** What a cell of the sweep leaves for the comparison: its cost in metrics.json, and the columns of its tables of pairs. */
import { z } from "zod";
import { parseJson } from "../common/io/json.ts";
import type { ColumnKind } from "../common/io/tsv.ts";
import { SCORE_NAMES, SCORES } from "./compare.ts";

const schema = z.object({
  cost: z.object({
    weight: z.number(),
    /** Chosen by occluded pixels and near boundaries; absent where only one weight was asked for. */
    edges_weight: z.number().optional(),
    edge_alpha: z.number(),
  }),
});

export type Cost = z.infer<typeof schema>["cost"];

/** Columns that are compared; where a region has no pixel, there is no score. */
export const COMPARED_COLUMNS: Readonly<Record<string, ColumnKind>> = {
  pair: "text",
  ...Object.fromEntries(SCORE_NAMES.flatMap((score): [string, ColumnKind][] => [
    [score, "number or nothing"],
    [`pixels_${SCORES[score]}_count`, "number"],
  ])),
};

/**
 * The cost in the metrics.json of a cell.
 * @param file its path, for errors
 * @throws {Error} when it is not JSON or names no weights
 */
export function parseCost(text: string | Uint8Array, file: string): Cost {
  return parseJson(text, schema, {
    file,
    mend: "Run the cell again with: ./run dvc repro -f sweep/dvc.yaml",
  }).cost;
}
