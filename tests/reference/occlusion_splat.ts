/** Twin of pipeline/compute/ops/occlusion_splat.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function occlusionSplat64(
  flow: Tensor64,
  threshold: number,
): { coverage: Tensor64; visible: Tensor64 } {
  const [n, , h, w] = flow.shape;
  const coverage = zeros64([n, 1, h, w]), visible = zeros64([n, 1, h, w]);
  for (let image = 0; image < n; image++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const landingX = x + flow.data[at(flow.shape, image, 0, y, x)];
        const landingY = y + flow.data[at(flow.shape, image, 1, y, x)];
        const left = Math.floor(landingX), top = Math.floor(landingY);
        for (const row of [top, top + 1]) {
          for (const column of [left, left + 1]) {
            if (row < 0 || row >= h || column < 0 || column >= w) continue;
            coverage.data[at(coverage.shape, image, 0, row, column)] +=
              (1 - Math.abs(landingY - row)) * (1 - Math.abs(landingX - column));
          }
        }
      }
    }
  }
  coverage.data.forEach((sum, i) => visible.data[i] = Math.min(sum, 1) >= threshold ? 1 : 0);
  return { coverage, visible };
}
