/**
 * Tables as tab-separated text (a header line, one line a row, LF), and the one format of numbers in
 * everything this project writes: six significant digits, so that equal inputs give equal bytes.
 */

const SIGNIFICANT_DIGITS = 6;

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

/**
 * Reads such a table, one record a row by the names of the columns.
 * @param name the file's name, for errors
 * @throws {Error} when a row has another length than the header
 */
export function parseTsv(text: string, name: string): Record<string, string>[] {
  const [header, ...rows] = text.split("\n").filter((line) => line !== "")
    .map((line) => line.split("\t"));
  return rows.map((row, i) => {
    if (row.length !== header.length) {
      throw new Error(
        `Cannot read ${name}: row ${i + 1} has ${row.length} values, the header has ` +
          `${header.length}. Run the stage that writes it again.`,
      );
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
