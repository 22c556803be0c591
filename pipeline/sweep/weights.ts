/**
 * How cells came by their weights, as a table of the validation errors of all that were tried (Markdown). A weight at the end of
 * what was tried may have a better one beyond it: the reader must see that before any difference between cells.
 */
import type { Cell, ScoreName } from "./compare.ts";

/** Errors that choose, with their pixels as people read them. */
const ERRORS = {
  epe_px: "all",
  epe_occ_px: "occluded",
  epe_boundary_px: "near boundaries",
} as const satisfies Partial<Record<ScoreName, string>>;
type ErrorName = keyof typeof ERRORS;
const ERROR_NAMES = Object.keys(ERRORS) as ErrorName[];

const CHOOSERS = { all: "all pixels", edges: "occluded and near boundaries" } as const;
type Chooser = keyof typeof CHOOSERS;

export interface TriedWeight {
  readonly weight: number;
  /** On the validation scenes, in px; absent where no pixel is of its kind. */
  readonly errors: Readonly<Partial<Record<ErrorName, number>>>;
}

export interface WeightChoice {
  readonly cell: Cell;
  /** Empty where only one weight was asked for. */
  readonly tried: readonly TriedWeight[];
  /** The weight that each of the choosers took. */
  readonly chosen: Readonly<{ all: number; edges?: number }>;
}

/** @param choices of each experiment, by its title; empty text where there is no cell */
export function weightsPart(choices: Readonly<Record<string, readonly WeightChoice[]>>): string {
  const parts = Object.entries(choices).filter(([, cells]) => cells.length > 0)
    .map(([title, cells]) => `### ${title}\n\n${experimentPart(cells)}`);
  if (parts.length === 0) return "";
  return `## How the weights were chosen\n\nBy errors in px on the validation scenes; a network's weights are tried with the first seed alone. The test ` +
    `scenes chose nothing.\n\n` +
    parts.join("\n");
}

function experimentPart(cells: readonly WeightChoice[]): string {
  const tuned = cells.filter(({ tried }) => tried.length > 0);
  const given = cells.filter(({ cell, tried }) => tried.length === 0 && cell.smoothness !== "none");
  const sentences = [
    ...tuned.length > 0 ? [endsInWords(tuned)] : [],
    ...given.length > 0
      ? [`Not chosen but given, one weight each: ${given.map(named).join("; ")}.`]
      : [],
  ].map((sentence) => `${sentence}\n`);
  return [...tuned.length > 0 ? [table(tuned)] : [], ...sentences].join("\n");
}

function named({ cell, chosen }: WeightChoice): string {
  return `${cell.label} (${chosen.all})`;
}

function table(cells: readonly WeightChoice[]): string {
  const head = ["smoothness", "weight", ...ERROR_NAMES.map((name) => ERRORS[name]), "chosen by"];
  const rows = cells.flatMap(({ cell, tried, chosen }) =>
    tried.map(({ weight, errors }) => [
      cell.label,
      String(weight),
      ...ERROR_NAMES.map((name) => errors[name]?.toFixed(3) ?? "–"),
      choosersOf(chosen, weight).map((chooser) => CHOOSERS[chooser]).join("; "),
    ])
  );
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function choosersOf(chosen: WeightChoice["chosen"], weight: number): Chooser[] {
  return (Object.keys(CHOOSERS) as Chooser[]).filter((chooser) => chosen[chooser] === weight);
}

/** Which of the chosen weights are the smallest or the largest that was tried. */
function endsInWords(cells: readonly WeightChoice[]): string {
  const found = cells.flatMap(({ cell, tried, chosen }) => {
    const weights = tried.map(({ weight }) => weight);
    const ends = [Math.min(...weights), Math.max(...weights)];
    return [...new Set([chosen.all, chosen.edges ?? chosen.all])]
      .filter((weight) => ends.includes(weight))
      .map((weight) => `${cell.label} (${weight})`);
  });
  return found.length === 0
    ? `No chosen weight is the smallest or the largest that was tried.`
    : `**At the end of what was tried**, so that a better weight may lie beyond: ${
      found.join("; ")
    }.`;
}
