/** Twin of pipeline/compute/ops/mean_over_visible.ts. */
import { type Tensor64, zeros64 } from "./tensor64.ts";

function mean64(data: Float64Array): number {
  let sum = 0;
  for (const value of data) sum += value;
  return sum / data.length;
}

export function meanOverVisible64(map: Tensor64, visible: Tensor64, groups: number): Tensor64 {
  const out = zeros64([groups, 1, 1, 1]);
  // The batch is the outermost dimension, so a part of it is a stretch of the data.
  const part = ({ data }: Tensor64, group: number) =>
    data.subarray(group * data.length / groups, (group + 1) * data.length / groups);
  for (let group = 0; group < groups; group++) {
    const seen = mean64(part(visible, group));
    out.data[group] = seen > 0 ? mean64(part(map, group)) / (seen + 1e-7) : 0;
  }
  return out;
}
