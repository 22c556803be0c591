/**
 * A toy of one dimension, after the paper's: a signal of steps, noise on it, and gradient descent on
 * 1/2 sum (x - noisy)^2 + sum penalty(x_{i + 1} - x_i), which should give the steps back. The slopes of the penalty come from
 * the kernels that train; what is left is one sum a sample.
 */
import type { Rng } from "../common/rng.ts";
import type { Penalty } from "./penalty.ts";

export interface Signal {
  readonly clean: Float64Array;
  readonly noisy: Float64Array;
}

/** Heights of the steps, one after the other, as long as each other. */
const HEIGHTS = [0, 1, 0.4, 1.3, 0.7];

/** @param noise its standard deviation; the steps are 0.4 to 1 high */
export function drawSignal(rng: Rng, samples: number, noise: number): Signal {
  const clean = Float64Array.from(
    { length: samples },
    (_, i) => HEIGHTS[Math.floor(HEIGHTS.length * i / samples)],
  );
  return { clean, noisy: clean.map((value) => value + noise * rng.normal()) };
}

/** Root of the mean squared difference. */
export function rootMeanSquare(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
}

/**
 * One step of gradient descent.
 * @param x where it starts, as many samples as `noisy`
 * @param penalty for one element less
 * @param rate how far it goes down the gradient
 */
export async function descend(
  x: Float64Array,
  noisy: Float64Array,
  penalty: Penalty,
  rate: number,
): Promise<Float64Array> {
  const { slopes } = await penalty.at(x.subarray(1).map((value, i) => value - x[i]));
  return x.map((value, i) => {
    const before = i > 0 ? slopes[i - 1] : 0;
    const after = i < slopes.length ? slopes[i] : 0;
    return value - rate * (value - noisy[i] + before - after);
  });
}
