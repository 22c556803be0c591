/** Twins of pipeline/compute/ops/arithmetic.ts. */
import type { Tensor64 } from "./tensor64.ts";

export function addValues64(a: Tensor64, b: Tensor64, scaleA: number, scaleB: number): Tensor64 {
  return { shape: a.shape, data: a.data.map((value, i) => scaleA * value + scaleB * b.data[i]) };
}

export function scale64({ shape, data }: Tensor64, factor: number): Tensor64 {
  return { shape, data: data.map((value) => factor * value) };
}
