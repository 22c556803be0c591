/** What came of the cases, as text: a table of the readers, the faults with the command that repeats each. */
import { FAULTS, VERDICTS } from "./judge.ts";
import { MEBIBYTE } from "./limits.ts";
import type { Answer } from "./serve.ts";

export interface Result extends Answer {
  readonly reader: string;
  readonly number: number;
}

const LONGEST = 300;

/** A row a reader, and their sum. */
export function resultTable(results: readonly Result[]): string {
  const header = ["reader", "inputs", ...VERDICTS, "MiB", "ms"];
  const row = (name: string, of: readonly Result[]) =>
    [
      name,
      of.length,
      ...VERDICTS.map((verdict) => of.filter((result) => result.verdict === verdict).length),
      Math.round(Math.max(...of.map(({ peak }) => peak)) / MEBIBYTE),
      Math.round(Math.max(...of.map(({ milliseconds }) => milliseconds))),
    ].map(String);
  const rows = [
    header,
    ...[...Map.groupBy(results, ({ reader }) => reader)].map(([name, of]) => row(name, of)),
    row("all", results),
  ];
  const widths = header.map((_, i) => Math.max(...rows.map((cells) => cells[i].length)));
  return rows.map((cells) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
  ).join("\n");
}

/** Of faults that differ in numbers and names alone the first is shown. */
export function shownFaults(results: readonly Result[], seed: number): string {
  const faults = results.filter(({ verdict }) => FAULTS.includes(verdict));
  const alike = Map.groupBy(
    faults,
    ({ reader, verdict, message }) =>
      [reader, verdict, message.replace(/"[^"]*"|[\d.]+/g, "#").slice(0, 60)].join("\t"),
  );
  return [...alike.values()].map(([{ reader, number, verdict, message, how }, ...others]) =>
    `\n${verdict}, ${reader}${others.length > 0 ? `, and ${others.length} alike` : ""}: ` +
    `${printable(message.slice(0, LONGEST))}\n  ${printable(how)}\n` +
    `  deno task fuzz --seed ${seed} --reader ${JSON.stringify(reader)} --case ${number}\n`
  ).join("");
}

/** Without what would change a terminal. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, "?");
}

/** All that is known of one case. */
export function shownResult(
  { reader, number, verdict, how, message, stack, ...rest }: Result,
): string {
  const { milliseconds, peak } = rest;
  return [
    `${reader}, case ${number}: ${verdict}, ${Math.round(milliseconds)} ms, ` +
    `${Math.round(peak / MEBIBYTE)} MiB`,
    `  ${printable(how)}`,
    ...message === "" ? [] : [printable(message)],
    ...stack === undefined ? [] : [stack],
  ].join("\n");
}
