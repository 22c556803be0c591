/** Changes of texts made of lines with columns: tables, listings, arguments. */
import { bytesOf, type Mutant, textOf } from "../reader.ts";
import type { Rng } from "../../../pipeline/common/rng.ts";
import type { Mutate } from "./bytes.ts";
import { edgeText, pick } from "./numbers.ts";

type Edit = (lines: string[], at: number, rng: Rng) => string;

const remove: Edit = (lines, at) => {
  lines.splice(at, 1);
  return `line ${at} removed`;
};

const repeat: Edit = (lines, at, rng) => {
  lines.splice(rng.integer(lines.length + 1), 0, lines[at]);
  return `line ${at} twice`;
};

const exchange: Edit = (lines, at, rng) => {
  const other = rng.integer(lines.length);
  [lines[at], lines[other]] = [lines[other], lines[at]];
  return `lines ${at} and ${other} exchanged`;
};

const letter: Edit = (lines, at, rng) => {
  const line = lines[at];
  const place = rng.integer(line.length + 1);
  const put = pick(["", "/", "..", "\t", "\u0000", "\u001b", "9", "A", " ", "\u202e", "_"], rng);
  lines[at] = line.slice(0, place) + put + line.slice(place + rng.integer(2));
  return `${JSON.stringify(put)} in line ${at}, letter ${place}`;
};

const number: Edit = (lines, at, rng) => {
  const numbers = [...lines[at].matchAll(/\d+/g)];
  if (numbers.length === 0) return letter(lines, at, rng);
  const { index, 0: digits } = pick(numbers, rng);
  const text = edgeText(rng);
  lines[at] = lines[at].slice(0, index) + text + lines[at].slice(index + digits.length);
  return `${digits} replaced by "${text}" in line ${at}`;
};

const cell: Edit = (lines, at, rng) => {
  const cells = lines[at].split("\t");
  const column = rng.integer(cells.length);
  const given = cells[column];
  cells.splice(column, 1, ...pick([[], [given, given], [""], [edgeText(rng)], ["text"]], rng));
  lines[at] = cells.join("\t");
  return `column ${column} of line ${at} changed`;
};

const EDITS = [remove, repeat, exchange, letter, letter, number, number, cell];

export const mutateLines: Mutate = (bytes, rng): Mutant => {
  const lines = textOf(bytes).split("\n");
  const done = Array.from(
    { length: 1 + rng.integer(3) },
    () => lines.length === 0 ? "" : pick(EDITS, rng)(lines, rng.integer(lines.length), rng),
  );
  return { bytes: bytesOf(lines.join("\n")), how: done.filter((how) => how !== "").join("; ") };
};
