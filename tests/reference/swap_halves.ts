/** Twin of pipeline/compute/ops/swap_halves.ts. */
import { type Tensor64, zeros64 } from "./tensor64.ts";

export function swapHalves64({ shape, data }: Tensor64): Tensor64 {
  const out = zeros64(shape);
  out.data.set(data.subarray(data.length / 2));
  out.data.set(data.subarray(0, data.length / 2), data.length / 2);
  return out;
}
