/** Tables of pairs and metrics of two runs without training in between, number by number. */
import { flatten } from "../lineage/values.ts";

type Row = Readonly<Record<string, string>>;

/** Allowed is |difference| <= absolute + relative · |committed|; counts and zero flow must be equal, no adapter takes part. */
export interface PairTolerance {
  readonly relative: number;
  /** By the unit that a name ends in. */
  readonly absolute: Readonly<Record<"px" | "deg" | "pct", number>>;
  /** The mean of a column over all rows, which chance moves less than one pair; absent where each pair says enough. */
  readonly mean?: Omit<PairTolerance, "mean">;
  readonly why: string;
}

/** Of the same weights: measured between 128 and 256 bits of the CPU driver is 1e-5, so a hundred times that. */
export const MODEL_TOLERANCE: PairTolerance = {
  relative: 1e-3,
  absolute: { px: 1e-3, deg: 1e-2, pct: 0.1 },
  why: "the same weights, rounded otherwise",
};

/**
 * Of the same minimisation: equal between 128 and 256 bits of the CPU driver, but where sums were taken in another order (other
 * batches) one pair of twelve moved by 4 % and 0.12 px.
 */
export const DIRECT_TOLERANCE: PairTolerance = {
  relative: 0.1,
  absolute: { px: 0.1, deg: 1, pct: 1 },
  mean: {
    relative: 0.03,
    absolute: { px: 0.01, deg: 0.1, pct: 0.3 },
    why: "the mean over the batch",
  },
  why: "some hundred steps, in which rounding grows",
};

export function formatTolerance(
  name: string,
  { relative, absolute, mean, why }: PairTolerance,
): string {
  const { px, deg, pct } = absolute;
  const allowed = `${100 * relative} % + ${px} px, ${deg}°, ${pct} points`;
  return `Allowed for ${name} on another adapter is ${allowed}: ${why}.` +
    (mean ? ` For ${mean.why} ${100 * mean.relative} % + ${mean.absolute.px} px.` : "");
}

function allowed(key: string, committed: number, tolerance: Omit<PairTolerance, "mean">): number {
  if (/_count$/.test(key) || /(^|\.)zero_flow_/.test(key)) return 0;
  const unit = /_(px|deg|pct)$/.exec(key)?.[1] as "px" | "deg" | "pct" | undefined;
  return unit === undefined
    ? 0
    : tolerance.absolute[unit] + tolerance.relative * Math.abs(committed);
}

/**
 * What differs, a line for each pair and one for each mean.
 * @param tolerance absent on the same adapter, where all must be equal
 */
export function comparePairs(
  committed: readonly Row[],
  again: readonly Row[],
  tolerance?: PairTolerance,
): string[] {
  const nameOf = ({ dataset, pair }: Row) => `${dataset}/${pair}`;
  const names = (rows: readonly Row[]) => rows.map(nameOf).join(", ");
  if (names(committed) !== names(again)) {
    return [`committed are the pairs ${names(committed)}, scored again ${names(again)}`];
  }
  const problems: string[] = [];
  for (const [i, row] of committed.entries()) {
    const keys = [...new Set([...Object.keys(row), ...Object.keys(again[i])])];
    const wrong = keys.filter((key) => !isClose(key, row[key], again[i][key], tolerance));
    if (wrong.length === 0) continue;
    const shown = wrong.slice(0, 3).map((key) => `${key} ${row[key]}, now ${again[i][key]}`);
    const more = wrong.length > 3 ? ` and ${wrong.length - 3} more` : "";
    problems.push(`${nameOf(row)} has ${shown.join("; ")}${more}`);
  }
  if (!tolerance?.mean) return problems;
  for (const key of Object.keys(committed[0] ?? {})) {
    const [was, is] = [committed, again].map((rows) => meanOf(rows, key));
    if (was === undefined || is === undefined) continue;
    if (Math.abs(is - was) > allowed(key, was, tolerance.mean)) {
      problems.push(`the mean of ${key} is ${short(was)}, now ${short(is)}`);
    }
  }
  return problems;
}

function isClose(
  key: string,
  committed: string | undefined,
  again: string | undefined,
  tolerance: PairTolerance | undefined,
): boolean {
  if (committed === again) return true;
  if (!tolerance || !committed || !again) return false;
  const [was, is] = [Number(committed), Number(again)];
  return Math.abs(is - was) <= allowed(key, was, tolerance);
}

function meanOf(rows: readonly Row[], key: string): number | undefined {
  const cells = rows.map((row) => row[key]).filter((cell) => cell !== "" && cell !== undefined);
  const numbers = cells.map(Number);
  if (numbers.length === 0 || !numbers.every(Number.isFinite)) return undefined;
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** Metrics by dotted name: those that differ. */
export function compareScores(
  committed: Record<string, unknown>,
  again: Record<string, unknown>,
  tolerance?: PairTolerance,
): string[] {
  const [was, is] = [flatten(committed), flatten(again)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) => {
    const [a, b] = [was[key], is[key]];
    if (a === b) return [];
    const close = tolerance && typeof a === "number" && typeof b === "number" &&
      Math.abs(a - b) <= allowed(key, a, tolerance);
    return close ? [] : [`${key} is ${a}, now ${b}`];
  });
}

function short(value: number): number {
  return Number(value.toPrecision(5));
}
