/** The learning rate of each step: a rise over the warm-up, and after it one of four schedules. */

export const SCHEDULES = ["constant", "linear", "steps", "one_cycle"] as const;

export interface LearningRateSettings {
  /** The largest. */
  readonly learningRate: number;
  /** Steps of the rise: linear, in one cycle by half a cosine. */
  readonly warmupSteps: number;
  readonly schedule: typeof SCHEDULES[number];
  /** `linear`: share of the steps, at the end, over which the rate falls to 0. */
  readonly decayShare: number;
  /** `steps`: at which shares of the steps the rate is multiplied by `dropFactor`. */
  readonly dropAt: readonly number[];
  readonly dropFactor: number;
  /** Of the whole run. */
  readonly steps: number;
}

/** One cycle begins at the largest rate by this, and ends at its beginning by the other (Smith & Topin 2017, as in PyTorch). */
const CYCLE_START = 25, CYCLE_END = 1e4;

/** The rate of a step, counted from 0. */
export function learningRateAt(step: number, settings: LearningRateSettings): number {
  const { learningRate, warmupSteps, schedule } = settings;
  if (schedule === "one_cycle") return oneCycle(step, settings);
  const warmup = Math.min(1, (step + 1) / Math.max(1, warmupSteps));
  return learningRate * warmup * fall(step, settings);
}

function fall(
  step: number,
  { schedule, decayShare, dropAt, dropFactor, steps }: LearningRateSettings,
): number {
  if (schedule === "steps") {
    return dropFactor ** dropAt.filter((share) => step >= Math.round(share * steps)).length;
  }
  const decaySteps = schedule === "linear" ? steps * decayShare : 0;
  return decaySteps > 0 ? Math.min(1, (steps - step) / decaySteps) : 1;
}

/** Up to the largest rate over the warm-up, and down to next to nothing over all other steps. */
function oneCycle(step: number, { learningRate, warmupSteps, steps }: LearningRateSettings) {
  const start = learningRate / CYCLE_START;
  if (step < warmupSteps) return eased(start, learningRate, step / warmupSteps);
  const down = Math.max(1, steps - 1 - warmupSteps);
  return eased(learningRate, start / CYCLE_END, (step - warmupSteps) / down);
}

/** Half a cosine from one value to another. @param passed 0 to 1 */
function eased(from: number, to: number, passed: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * Math.min(1, passed))) / 2;
}
