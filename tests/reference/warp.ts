/** Twin of pipeline/compute/ops/warp.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function warp64(
  image: Tensor64,
  flow: Tensor64,
  padding: "border" | "zeros" = "border",
  alignCorners = true,
): Tensor64 {
  const [n, c, h, w] = image.shape;
  const out = zeros64(image.shape);
  const coordinate = (index: number, displacement: number, side: number) => {
    const exact = index + displacement;
    const sampled = alignCorners ? exact : exact * side / Math.max(1, side - 1) - 0.5;
    return padding === "border" ? Math.min(side - 1, Math.max(0, sampled)) : sampled;
  };
  for (let m = 0; m < n; m++) {
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const x = coordinate(j, flow.data[at(flow.shape, m, 0, i, j)], w);
        const y = coordinate(i, flow.data[at(flow.shape, m, 1, i, j)], h);
        const left = Math.floor(x), top = Math.floor(y);
        for (let k = 0; k < c; k++) {
          let sum = 0;
          for (const [row, fromRow] of [[top, 1 - (y - top)], [top + 1, y - top]]) {
            for (const [column, fromColumn] of [[left, 1 - (x - left)], [left + 1, x - left]]) {
              if (row < 0 || row >= h || column < 0 || column >= w) continue;
              sum += fromRow * fromColumn * image.data[at(image.shape, m, k, row, column)];
            }
          }
          out.data[at(out.shape, m, k, i, j)] = sum;
        }
      }
    }
  }
  return out;
}
