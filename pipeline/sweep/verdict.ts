/**
 * What a difference shows, in words and in digits that agree with it: an interval beside "no difference shown" must hold 0,
 * or the words must name the rule that overruled it, and no bound is written as 0 unless it is 0.
 */
import type { Difference } from "./statistics.ts";
import type { RunDifference } from "./compare.ts";

export type Verdict = "lower" | "higher" | "no difference shown";

const FEWEST_DECIMALS = 1;
/** Numbers are kept at six significant digits. */
const MOST_DECIMALS = 6;

/** Nothing where the interval holds 0, or where one of the runs says otherwise. */
export function verdict({ low, high, runsBelow }: RunDifference, runs: number): Verdict {
  if (high < 0 && runsBelow === runs) return "lower";
  return low > 0 && runsBelow === 0 ? "higher" : "no difference shown";
}

/** The verdict, with the seeds that bear it out or overrule it. */
export function verdictInWords(difference: RunDifference, runs: number): string {
  const found = verdict(difference, runs);
  const rule = seedRule(difference, runs);
  if (found !== "no difference shown") return rule ? `${found} ${rule}` : found;
  if (difference.high < 0) return `interval below 0, but ${rule}: not counted as a difference`;
  if (difference.low > 0) return `interval above 0, but ${rule}: not counted as a difference`;
  return found;
}

/** In how many seeds the difference is; empty for a single run, and where the interval already shows nothing. */
export function seedRule({ low, high, runsBelow }: RunDifference, runs: number): string {
  if (runs === 1 || (low <= 0 && high >= 0)) return "";
  const agreeing = high < 0 ? runsBelow : runs - runsBelow;
  return `in ${agreeing < runs ? "only " : ""}${agreeing} of ${runs} seeds`;
}

/** Decimals at which neither end of the interval rounds to 0 that is not 0. */
export function decimalsOf({ low, high }: Difference): number {
  let decimals = FEWEST_DECIMALS;
  const vanishes = (value: number) => value !== 0 && Number(value.toFixed(decimals)) === 0;
  while (decimals < MOST_DECIMALS && (vanishes(low) || vanishes(high))) decimals++;
  return decimals;
}

/** A sentence in numbers: -16.7 % [-21.8, -11.0]. */
export function readableDifference(difference: Difference): string {
  const decimals = decimalsOf(difference);
  const signed = (value: number) => {
    const text = value.toFixed(decimals);
    // What rounds to 0 has no sign.
    return Number(text) === 0 ? text.replace("-", "") : (value > 0 ? "+" : "") + text;
  };
  return `${signed(difference.percent)} % [${signed(difference.low)}, ${signed(difference.high)}]`;
}
