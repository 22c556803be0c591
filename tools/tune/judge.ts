/** Which kernel of a case goes into a plan: one that beats what the rules choose, clearly and every time. */

/** How much faster than the rules' choice a kernel must be, in each round. */
const GAIN = 0.05;

/** Microseconds of one way to compute a pass, a number for each round. */
export interface Timed {
  readonly name: string;
  readonly rounds: readonly number[];
}

export interface Judgement<T extends Timed> {
  readonly winner: T;
  /** The best of all others, the rules' choice included. */
  readonly next: Timed;
}

/** Over all rounds. */
export const meanOf = ({ rounds }: Timed) =>
  rounds.reduce((sum, time) => sum + time, 0) / rounds.length;

/** The fastest of the candidates, if it beats the rules in every round; undefined: the rules stay, so that two tunings differ little. */
export function judge<T extends Timed>(
  rule: Timed,
  candidates: readonly T[],
): Judgement<T> | undefined {
  const beats = ({ rounds }: Timed) =>
    rounds.every((time, round) => time <= (1 - GAIN) * rule.rounds[round]);
  const [winner] = candidates.filter(beats).sort((a, b) => meanOf(a) - meanOf(b));
  if (!winner) return undefined;
  const others: Timed[] = [rule, ...candidates.filter((candidate) => candidate !== winner)];
  const [next] = others.sort((a, b) => meanOf(a) - meanOf(b));
  return { winner, next };
}
