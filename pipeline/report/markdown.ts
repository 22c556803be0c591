/**
 * The few pieces of Markdown that a report is made of. Names of data sets and pairs come from archives: plain() is where
 * they stop being Markdown, and table(), heading() and image() put all that they are given through it.
 */
import { printable } from "../common/printable.ts";

/** All signs that begin something in CommonMark or in GitHub's Markdown, in the middle of a line. */
const SIGNS = /[\\`*[\]<>|~&$@#:]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|(?<=\bwww)\./giu;

/** Text that is shown as it is, on one line, whatever signs are in it; not for the start of a line. */
export function plain(text: string): string {
  return printable(text.replace(/\s+/g, " ")).replace(SIGNS, "\\$&");
}

/** A table; the first column is text, the others are numbers and stand at the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(" | ")} |`;
  return [
    line(header),
    `|${header.map((_, k) => k === 0 ? " --- |" : " ---: |").join("")}`,
    ...rows.map(line),
  ].join("\n");
}

/** Of a section. */
export function heading(text: string): string {
  return `## ${plain(text)}`;
}

/** An inline picture. */
export function image(text: string, path: string): string {
  const address = encodeURI(path).replace(
    /[()'*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `![${plain(text)}](${address})`;
}

/** Nested values by dotted names, in the order in which they stand. */
export function flatten(value: unknown, prefix = ""): [string, string][] {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, prefix ? `${prefix}.${key}` : key)
    );
  }
  return [[prefix, Array.isArray(value) ? value.join(", ") : String(value)]];
}
