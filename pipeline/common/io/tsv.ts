/**
 * Tables as tab-separated text (a header line, one line a row, LF), and the one format of numbers in
 * everything this project writes: six significant digits, so that equal inputs give equal bytes.
 */

import { unreadable } from "./text.ts";

const SIGNIFICANT_DIGITS = 6;
const MEND = "Run the stage that writes it again.";
/** As formatTsv() writes one. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]\d+)?$/;

/**
 * A number rounded to six significant digits; whole numbers are kept whole.
 * @throws {Error} when it is not finite
 */
export function roundNumber(value: number): number {
  if (!Number.isFinite(value)) {
    throw new Error(
      `Cannot write the number ${value}: it must be finite. Leave out what has no value.`,
    );
  }
  // The sum turns -0 into 0.
  return Number.isInteger(value) ? value + 0 : Number(value.toPrecision(SIGNIFICANT_DIGITS)) + 0;
}

/**
 * @param header names of the columns
 * @param rows one value a column; an empty text where there is none
 * @throws {Error} when a row has another length than the header, or a text holds a tab or a line break
 */
export function formatTsv(header: string[], rows: (string | number)[][]): string {
  return [header, ...rows].map((row, line) => {
    if (row.length !== header.length) {
      throw new Error(
        `Cannot write the table: row ${line} has ${row.length} values, the header has ` +
          `${header.length}. Write an empty text where there is no value.`,
      );
    }
    return row.map(formatCell).join("\t") + "\n";
  }).join("");
}

/** What a column must hold; a cell is empty where there is no value. */
export type ColumnKind = "text" | "number" | "number or nothing";

/**
 * The header of such a table and its rows, as they stand there.
 * @param name the file's name, for errors
 * @throws {Error} with the line when a row has another length than the header, and when the table is cut or has no header
 */
export function readCells(text: string, name: string): [header: string[], ...rows: string[][]] {
  const fail = (what: string) => unreadable(name, what, MEND);
  if (text === "") throw fail("it is empty, a table begins with the names of its columns");
  if (!text.endsWith("\n")) throw fail("its last line does not end, so it is cut");
  if (text.includes("\r")) {
    throw fail("it has line breaks of another system; they must be LF alone");
  }
  const [header, ...rows] = text.slice(0, -1).split("\n").map((line) => line.split("\t"));
  const twice = header.find((key, k) => header.indexOf(key) !== k);
  if (twice !== undefined) throw fail(`two columns are called ${JSON.stringify(twice)}`);
  for (const [i, row] of rows.entries()) {
    if (row.length === header.length) continue;
    throw fail(`${lineOf(i)} has ${row.length} values, the header has ${header.length}`);
  }
  return [header, ...rows];
}

/** The header is line 1. */
function lineOf(row: number): string {
  return `line ${row + 2}`;
}

/**
 * Reads such a table, one record a row by the names of the columns.
 * @param name the file's name, for errors
 * @param columns that there must be, with what they must hold; others are taken as they are
 * @throws {Error} as readCells(), with line and column when a cell is not what it must be, and when a column is missing
 */
export function parseTsv(
  text: string,
  name: string,
  columns: Readonly<Record<string, ColumnKind>> = {},
): Record<string, string>[] {
  const [header, ...rows] = readCells(text, name);
  const missing = Object.keys(columns).find((key) => !header.includes(key));
  if (missing !== undefined) {
    throw unreadable(name, `it has no column ${missing}, only ${header.join(", ")}`, MEND);
  }
  return rows.map((row, i) => {
    for (const [k, cell] of row.entries()) {
      const kind = columns[header[k]] ?? "text";
      if (kind === "text" || (cell === "" && kind === "number or nothing")) continue;
      if (NUMBER.test(cell) && Number.isFinite(Number(cell))) continue;
      const place = `${lineOf(i)}, column ${header[k]}`;
      throw unreadable(name, `${place} must be a ${kind}, got ${JSON.stringify(cell)}`, MEND);
    }
    return Object.fromEntries(header.map((key, k) => [key, row[k]]));
  });
}

function formatCell(value: string | number): string {
  if (typeof value === "number") return String(roundNumber(value));
  if (/[\t\n\r]/.test(value)) {
    throw new Error(
      `Cannot write ${JSON.stringify(value)} into a table: it holds a tab or a line break. ` +
        `Rename it.`,
    );
  }
  return value;
}
