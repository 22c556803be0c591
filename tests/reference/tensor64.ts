/** Float64 tensors [N, C, H, W] for the reference twins: plain loops, no cleverness. */
import type { Rng } from "../../pipeline/common/rng.ts";
import type { Shape } from "../../pipeline/compute/gpu/tensor.ts";

export interface Tensor64 {
  readonly shape: Shape;
  readonly data: Float64Array;
}

export function zeros64(shape: Shape): Tensor64 {
  return { shape, data: new Float64Array(shape[0] * shape[1] * shape[2] * shape[3]) };
}

/** Uniform values in [low, high), rounded to float32 so that kernel and reference see the same numbers. */
export function random64(rng: Rng, shape: Shape, low: number, high: number): Tensor64 {
  const out = zeros64(shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = Math.fround(rng.uniform(low, high));
  return out;
}

/** Index of an element. */
export function at([, c, h, w]: Shape, n: number, channel: number, y: number, x: number): number {
  return ((n * c + channel) * h + y) * w + x;
}

/** sum(a * b). */
export function dot64(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
