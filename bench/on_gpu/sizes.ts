/** The training steps that are timed: the paper's sizes, that of the experiment and that of the sweep. */
import type { StepSize } from "../_step.ts";

/** In the order of their weight, for when the time is short. */
export const STEP_SIZES: readonly StepSize[] = [
  { width: 1, crop: [384, 832], batch: 4 },
  { width: 1, crop: [128, 192], batch: 4 },
  { width: 0.25, crop: [128, 128], batch: 4 },
  { width: 0.25, crop: [64, 64], batch: 4 },
  { width: 1, crop: [384, 832], batch: 8 },
];
export const TINY_SIZES: readonly StepSize[] = [{ width: 0.25, crop: [64, 64], batch: 1 }];

/** Runs of a step that last about so long, between one and a few. */
export function runsFor(milliseconds: number, wanted: number, most: number): number {
  return Math.min(most, Math.max(1, Math.round(wanted / milliseconds)));
}
