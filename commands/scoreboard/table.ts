/** The scoreboard as Markdown: a table of end-point errors for each region, and one of seconds. */
import { heading, table } from "../../pipeline/report/markdown.ts";
import type { Scores } from "../../pipeline/score/metrics.ts";

/** One method on one pair. */
export interface Entry {
  readonly scores: Scores;
  readonly seconds?: number;
}

export interface ScoredRow {
  readonly dataset: string;
  readonly pair: string;
  /** By the method's title. */
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Scoreboard {
  /** In the order of the columns. */
  readonly methods: readonly string[];
  readonly rows: readonly ScoredRow[];
  /** Paragraphs of Markdown that stand above the tables. */
  readonly notes: readonly string[];
}

/** How a scoreboard begins, which tells it from a file of somebody else. */
export const TITLE = "# Scoreboard: real pairs with truth";

const REGIONS = [
  ["all pixels", "epe_px"],
  ["occluded pixels", "epe_occ_px"],
  ["near motion boundaries", "epe_boundary_px"],
] as const;

/** What a method does better than another on how many of the pairs that have both. */
export function wins(
  rows: readonly ScoredRow[],
  method: string,
  other: string,
): { better: number; of: number } {
  const both = rows.flatMap(({ entries }) => {
    const ours = entries.get(method)?.scores.epe_px, theirs = entries.get(other)?.scores.epe_px;
    return ours === undefined || theirs === undefined ? [] : [ours < theirs];
  });
  return { better: both.filter(Boolean).length, of: both.length };
}

/** The text of scoreboard.md. */
export function formatScoreboard({ methods, rows, notes }: Scoreboard): string {
  const title = ({ dataset, pair }: ScoredRow) => `${dataset} ${pair}`;
  const shown = (value: number | undefined) => value === undefined ? "" : value.toPrecision(3);
  const cells = (value: (entry: Entry) => number | undefined) =>
    rows.map((row) => [
      title(row),
      ...methods.map((method) => {
        const entry = row.entries.get(method);
        return shown(entry && value(entry));
      }),
    ]);
  const header = ["pair", ...methods];
  const errors = REGIONS.flatMap(([words, key]) => {
    const of = cells(({ scores }) => scores[key]);
    const known = of.filter(([, ...values]) => values.some((value) => value !== ""));
    return known.length === 0
      ? []
      : [heading(`End-point error, px, ${words}`), table(header, known)];
  });
  const timed = methods.filter((method) =>
    rows.some(({ entries }) => entries.get(method)?.seconds !== undefined)
  );
  const seconds = rows.map((row) => [
    title(row),
    ...timed.map((method) => shown(row.entries.get(method)?.seconds)),
  ]);
  return [
    TITLE,
    ...notes,
    ...errors,
    heading("Seconds a pair"),
    table(["pair", ...timed], seconds),
  ].join("\n\n") + "\n";
}
