/** Two sides against each other: first that they compute the same, then their times, in turns. */
import { median } from "simple-statistics";
import type { Side } from "./peer.ts";

/** Each turn lasts about this long, so that a slow machine and a fast one are timed alike. */
const TURN_MS = 1000;
const MOST_RUNS = 50;
/** Threads of the side that has just run go to sleep meanwhile; while they wait for work they take the other's cores. */
const REST_MS = 300;

export interface Times {
  /** Milliseconds of one run in each round. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/**
 * @returns a line for each result: both numbers and their relative difference
 * @throws {Error} when a difference exceeds its tolerance or a side has other results than tolerances ask for
 */
export function checkAgreement(
  name: string,
  tolerances: Readonly<Record<string, number>>,
  ours: Readonly<Record<string, number>>,
  theirs: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(tolerances).map(([result, tolerance]) => {
    const [a, b] = [ours[result], theirs[result]];
    const difference = Math.abs(a - b) / Math.abs(a);
    const line = `${result} ours ${a}, theirs ${b}, relative difference ${
      difference.toExponential(1)
    }`;
    // Not a number exceeds every tolerance.
    if (!(difference <= tolerance)) {
      throw new Error(
        `Cannot compare ${name}: both sides start from the same numbers and compute different ones. ` +
          `${line}, allowed is ${tolerance}. No time of it means anything.`,
      );
    }
    return line;
  });
}

/** @param rounds turns of each side, after one run and a turn to warm up */
export async function timeInTurns(ours: Side, theirs: Side, rounds: number): Promise<Times> {
  const counts = new Map<Side, number>();
  const turn = async (side: Side) => {
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    return await side.time(counts.get(side)!);
  };
  for (const side of [ours, theirs]) {
    const milliseconds = await side.time(1);
    counts.set(side, Math.min(MOST_RUNS, Math.max(1, Math.round(TURN_MS / milliseconds))));
    // A side that a single run keeps busy for so long is warm.
    if (counts.get(side)! > 1) await turn(side);
  }
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.ours.push(await turn(ours));
    times.theirs.push(await turn(theirs));
  }
  return times;
}

/** Medians, and theirs by ours: above 1, ours is faster. */
export function summary({ ours, theirs }: Times): { ours: number; theirs: number; ratio: number } {
  const [a, b] = [median([...ours]), median([...theirs])];
  const rounded = (value: number) => Number(value.toPrecision(4));
  return { ours: rounded(a), theirs: rounded(b), ratio: rounded(b / a) };
}
