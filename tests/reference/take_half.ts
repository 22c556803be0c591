/** Twin of pipeline/compute/ops/take_half.ts. */
import { type Tensor64, zeros64 } from "./tensor64.ts";

export function takeHalf64({ shape: [n, c, h, w], data }: Tensor64, half: "first" | "second") {
  const out = zeros64([n / 2, c, h, w]);
  const first = half === "first" ? 0 : out.data.length;
  out.data.set(data.subarray(first, first + out.data.length));
  return out;
}
