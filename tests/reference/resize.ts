/** Twin of pipeline/compute/ops/resize.ts. */
import { areaDownsample64 } from "./area_downsample.ts";
import type { Tensor64 } from "./tensor64.ts";
import { upsample64 } from "./upsample.ts";

export function resize64(input: Tensor64, height: number, width: number): Tensor64 {
  const [, , h, w] = input.shape;
  const small = areaDownsample64(input, Math.min(h, height), Math.min(w, width));
  return upsample64(small, height, width, 1);
}
