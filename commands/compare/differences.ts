/**
 * Two tables of the same pairs, compared pair by pair: pooled scores of each, their relative difference with an interval over
 * pairs, and on how many pairs the second is below. What the tables do not have in common is counted, not compared.
 */
import { Rng } from "../../pipeline/common/rng.ts";
import { unreadable } from "../../pipeline/common/io/text.ts";
import { type PairRow, SCORES } from "../../pipeline/sweep/compare.ts";
import {
  type Difference,
  pairedDifference,
  type WeighedPair,
} from "../../pipeline/sweep/statistics.ts";

/** Scores with the region of their pixels; those that a table lacks are left out. */
export const COMPARED = { ...SCORES, fl_all_pct: "all", aae_deg: "all" } as const;
export type ComparedScore = keyof typeof COMPARED;

/** With fewer pairs not even a sign test can show a difference at 5 %: all of five agree by chance once in 16. */
export const FEWEST_PAIRS = 6;
const RESAMPLES = 10_000;
const SEED = 1;
/** Of pairs that are left out, so many are named. */
const NAMED = 5;

/** One of the two that are compared. */
export interface Table {
  /** As people read it. */
  readonly name: string;
  readonly rows: readonly PairRow[];
}

export interface MatchedPair {
  readonly dataset: string;
  readonly pair: string;
  readonly first: PairRow;
  readonly second: PairRow;
}

/** The pairs that both have, in the first's order, and sentences about those that are left out. */
export interface Matched {
  readonly pairs: readonly MatchedPair[];
  readonly leftOut: readonly string[];
}

/**
 * @throws {Error} when a table has a pair twice, or they have no pair in common
 */
export function matchPairs(first: Table, second: Table): Matched {
  const rowsOfFirst = byName(first), rowsOfSecond = byName(second);
  const missing = (rows: ReadonlyMap<string, PairRow>, other: ReadonlyMap<string, PairRow>) =>
    [...rows.keys()].filter((key) => !other.has(key));
  const both = [...rowsOfFirst].flatMap(([key, row]) => {
    const other = rowsOfSecond.get(key);
    return other ? [{ key, row, other }] : [];
  });
  const others = both.filter(({ row, other }) => !isSamePair(row, other)).map(({ key }) => key);
  const same = both.filter(({ row, other }) => isSamePair(row, other));
  const unscored = same.filter(({ row, other }) => row.epe_px === "" || other.epe_px === "");
  const leftOut = [
    ...counted(missing(rowsOfFirst, rowsOfSecond), `only in ${first.name}`),
    ...counted(missing(rowsOfSecond, rowsOfFirst), `only in ${second.name}`),
    ...counted(others, "with another truth in each, though of one name"),
    ...counted(unscored.map(({ key }) => key), "without a known pixel"),
  ];
  const pairs = same.filter(({ row, other }) => row.epe_px !== "" && other.epe_px !== "")
    .map(({ row, other }) => ({
      dataset: row.dataset,
      pair: row.pair,
      first: row,
      second: other,
    }));
  if (pairs.length > 0) return { pairs, leftOut: [...leftOut, ...otherRegions(pairs)] };
  throw new Error(
    `Cannot compare ${first.name} with ${second.name}: they have no pair in common. ${
      leftOut.join(" ")
    }`,
  );
}

function byName({ name, rows }: Table): Map<string, PairRow> {
  const named = new Map<string, PairRow>();
  for (const row of rows) {
    const key = `${row.dataset}/${row.pair}`;
    if (named.has(key)) throw unreadable(`the table of ${name}`, `it has ${key} twice`);
    named.set(key, row);
  }
  return named;
}

/** Zero flow sees nothing but the truth: where it has another error, the truth is another one. */
function isSamePair(row: PairRow, other: PairRow): boolean {
  return ["pixels_all_count", "zero_flow_epe_px"].every((key) =>
    Number(row[key]) === Number(other[key])
  );
}

/** Whether both errors of a pair are over as many pixels; what one table lacks altogether is no other region. */
function isSameRegion({ first, second }: MatchedPair, score: ComparedScore): boolean {
  const scores: (string | undefined)[] = [first[score], second[score]];
  if (scores.includes(undefined)) return true;
  const pixels = `pixels_${COMPARED[score]}_count`;
  const [one, other] = [first[pixels], second[pixels]];
  return (scores[0] === "") === (scores[1] === "") &&
    (one === other || Number(one) === Number(other));
}

function otherRegions(pairs: readonly MatchedPair[]): string[] {
  return (Object.keys(COMPARED) as ComparedScore[]).flatMap((score) => {
    const others = pairs.filter((pair) => !isSameRegion(pair, score));
    return counted(
      others.map(({ dataset, pair }) => `${dataset}/${pair}`),
      `of ${score} alone, with other pixels in each`,
    );
  });
}

function counted(keys: readonly string[], what: string): string[] {
  if (keys.length === 0) return [];
  const more = keys.length > NAMED ? ", …" : "";
  const pairs = keys.length === 1 ? "1 pair" : `${keys.length} pairs`;
  return [`Left out: ${pairs} ${what} (${keys.slice(0, NAMED).join(", ")}${more}).`];
}

export interface ScoreDifference {
  readonly score: ComparedScore;
  /** Pooled over the pixels of the region, in the unit that the score's name ends in. */
  readonly first: number;
  readonly second: number;
  /** Pairs with pixels of the region, and those of them where the second is below the first. */
  readonly pairs: number;
  readonly below: number;
  /** Of the second to the first; absent with fewer than FEWEST_PAIRS pairs, and where the first is 0. */
  readonly difference?: Difference;
}

export interface DatasetDifference {
  readonly dataset: string;
  readonly pairs: number;
  readonly scores: readonly ScoreDifference[];
}

/** Data sets in the order of the pairs; scores that one of the tables lacks, or for which there is no pixel, are absent. */
export function compareDatasets(matched: readonly MatchedPair[]): DatasetDifference[] {
  const datasets = [...new Set(matched.map(({ dataset }) => dataset))];
  return datasets.map((dataset) => {
    const own = matched.filter((pair) => pair.dataset === dataset);
    const scores = Object.keys(COMPARED) as ComparedScore[];
    return {
      dataset,
      pairs: own.length,
      scores: scores.flatMap((score) => compareScore(own, score) ?? []),
    };
  });
}

function compareScore(
  pairs: readonly MatchedPair[],
  score: ComparedScore,
): ScoreDifference | undefined {
  const pixels = `pixels_${COMPARED[score]}_count`;
  const weighed = pairs.flatMap((pair): WeighedPair[] => {
    if (!isSameRegion(pair, score)) return [];
    const { first, second } = pair;
    const cells = [first[pixels], first[score], second[score]];
    if (cells.some((cell) => cell === undefined || cell === "")) return [];
    const [weight, reference, value] = cells.map(Number);
    return weight > 0 ? [{ weight, value, reference }] : [];
  });
  if (weighed.length === 0) return undefined;
  const total = sum(weighed, ({ weight }) => weight);
  const difference = weighed.length < FEWEST_PAIRS
    ? undefined
    : pairedDifference(weighed, { resamples: RESAMPLES, rng: new Rng(SEED).fork("bootstrap") });
  return {
    score,
    first: sum(weighed, ({ weight, reference }) => weight * reference) / total,
    second: sum(weighed, ({ weight, value }) => weight * value) / total,
    pairs: weighed.length,
    below: weighed.filter(({ value, reference }) => value < reference).length,
    ...difference ? { difference } : {},
  };
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
