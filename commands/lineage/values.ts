/** Nested values by dotted names, and single values of metrics files and tables. */
import { closestString } from "@std/text";
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { readCells } from "../../pipeline/common/io/tsv.ts";

export type Values = Record<string, unknown>;

const valuesSchema = z.record(z.string(), z.unknown());

/** Any JSON object. @throws {Error} naming the file when it is something else */
export function parseValues(text: string | Uint8Array, file: string): Values {
  return parseJson(text, valuesSchema, { file });
}

/** The value under a dotted name; undefined when there is none. A key may itself contain dots. */
export function pick(values: unknown, name: string): unknown {
  if (values === null || typeof values !== "object") return undefined;
  const object = values as Values;
  if (Object.hasOwn(object, name)) return object[name];
  for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
    const head = name.slice(0, dot);
    if (Object.hasOwn(object, head)) return pick(object[head], name.slice(dot + 1));
  }
  return undefined;
}

/** Every value that is not a section, by dotted name, in the order of the file. Lists are values. */
export function flatten(values: Values, prefix = ""): Values {
  const flat: Values = {};
  for (const [key, value] of Object.entries(values)) {
    const name = prefix + key;
    if (isSection(value)) Object.assign(flat, flatten(value, `${name}.`));
    else flat[name] = value;
  }
  return flat;
}

function isSection(value: unknown): value is Values {
  return value !== null && typeof value === "object" && !Array.isArray(value) &&
    Object.keys(value).length > 0;
}

/**
 * The value with a key in a metrics file (JSON, dotted: `scenes.epe_px`) or a table (TSV, `ROW.COLUMN`, where ROW
 * is the first cell of a row, or the cells of its leading text columns joined by "/").
 * @throws {Error} when there is no such value, with the nearest key that exists
 */
export function valueAt(file: string, text: string, key: string): unknown {
  if (file.endsWith(".json")) return valueInJson(file, text, key);
  if (file.endsWith(".tsv")) return valueInTable(file, text, key);
  throw new Error(
    `Cannot look up ${key}: ${file} is neither a metrics file (.json) nor a table (.tsv). ` +
      `Leave the key out to trace the whole file.`,
  );
}

function valueInJson(file: string, text: string, key: string): unknown {
  const values = parseValues(text, file);
  const value = pick(values, key);
  if (value !== undefined && !isSection(value)) return value;
  const names = Object.keys(flatten(values));
  if (value !== undefined) {
    const inner = names.filter((name) => name.startsWith(`${key}.`));
    throw new Error(`${key} of ${file} is not one number. Choose one of ${inner.join(", ")}.`);
  }
  throw new Error(`${file} holds no ${key}.${didYouMean(key, names)}`);
}

function valueInTable(file: string, text: string, key: string): unknown {
  const [header, ...rows] = readCells(text, file);
  const dot = key.lastIndexOf(".");
  const [label, column] = [key.slice(0, dot), key.slice(dot + 1)];
  const at = header.indexOf(column);
  if (dot < 0 || at < 0) {
    throw new Error(
      `${file} has no column ${column}.${didYouMean(column, header)} ` +
        `A value of a table is named ROW.COLUMN, for example ${rows[0]?.[0]}.${header.at(-1)}.`,
    );
  }
  const isNumber = (cell: string) => cell === "" || Number.isFinite(Number(cell));
  const width = header.findIndex((_name, i) => rows.every((row) => isNumber(row[i])));
  const labelOf = (row: string[]) => row.slice(0, Math.max(width, 1)).join("/");
  const whole = rows.filter((row) => labelOf(row) === label);
  const found = whole.length > 0
    ? whole
    : rows.filter((row) => row.slice(0, Math.max(width, 1)).includes(label));
  if (found.length === 1) {
    const cell = found[0][at];
    return cell !== "" && isNumber(cell) ? Number(cell) : cell;
  }
  if (found.length > 1) {
    const labels = found.slice(0, 10).map(labelOf).join(", ");
    throw new Error(
      `${file} has ${found.length} rows named ${label}: ${labels}. Name one of them.`,
    );
  }
  throw new Error(`${file} has no row ${label}.${didYouMean(label, rows.map(labelOf))}`);
}

/** A sentence with the nearest name, after a space; empty when there are no names. */
export function didYouMean(given: string, names: readonly string[]): string {
  return names.length === 0 ? "" : ` Did you mean ${closestString(given, names)}?`;
}
