/** A table of pairs as it is read to be compared: what must be in it, and that each number of it can be one. */
import { unreadable } from "../../pipeline/common/io/text.ts";
import { type ColumnKind, parseTsv, readCells } from "../../pipeline/common/io/tsv.ts";
import type { PairRow } from "../../pipeline/sweep/compare.ts";
import { COMPARED } from "./differences.ts";

/** What a table must have to be compared. */
const NEEDED: Readonly<Record<string, ColumnKind>> = {
  dataset: "text",
  pair: "text",
  pixels_all_count: "number",
  epe_px: "number or nothing",
  zero_flow_epe_px: "number or nothing",
};

/** What is compared where a table has it. */
const OPTIONAL = Object.entries(COMPARED).flatMap(([score, region]) => [
  score,
  `pixels_${region}_count`,
]);

/**
 * @param file its name, for errors
 * @throws {Error} when a column is missing, and with line and column when a cell is no number, or one below 0
 */
export function readPairTable(text: string, file: string): PairRow[] {
  const [header] = readCells(text, file);
  const optional = OPTIONAL.filter((key) => header.includes(key));
  const columns = {
    ...Object.fromEntries(optional.map((key) => [key, "number or nothing"] as const)),
    ...NEEDED,
  };
  const rows = parseTsv(text, file, columns);
  const numbers = Object.keys(columns).filter((key) => columns[key] !== "text");
  for (const [i, row] of rows.entries()) {
    const negative = numbers.find((key) => Number(row[key]) < 0);
    if (negative === undefined) continue;
    throw unreadable(
      file,
      `line ${i + 2}, column ${negative} must be 0 or more, got ${JSON.stringify(row[negative])}`,
      "Run the stage that writes it again.",
    );
  }
  return rows;
}
