/** Twin of pipeline/compute/ops/occlusion_forward_backward.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

export function occlusionForwardBackward64(
  flow: Tensor64,
  other: Tensor64,
  scale: number,
  bias: number,
): { sampled: Tensor64; visible: Tensor64 } {
  const [n, , h, w] = flow.shape;
  const sampled = zeros64(flow.shape), visible = zeros64([n, 1, h, w]);
  for (let image = 0; image < n; image++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const here = [0, 1].map((channel) => flow.data[at(flow.shape, image, channel, y, x)]);
        const targetX = x + here[0], targetY = y + here[1];
        const left = Math.floor(targetX), top = Math.floor(targetY);
        const there = [0, 0];
        for (const row of [top, top + 1]) {
          for (const column of [left, left + 1]) {
            if (row < 0 || row >= h || column < 0 || column >= w) continue;
            const share = (1 - Math.abs(targetY - row)) * (1 - Math.abs(targetX - column));
            for (const channel of [0, 1]) {
              there[channel] += share * other.data[at(other.shape, image, channel, row, column)];
            }
          }
        }
        const [du, dv] = [here[0] + there[0], here[1] + there[1]];
        const lengths = here[0] ** 2 + here[1] ** 2 + there[0] ** 2 + there[1] ** 2;
        for (const channel of [0, 1]) {
          sampled.data[at(sampled.shape, image, channel, y, x)] = there[channel];
        }
        visible.data[at(visible.shape, image, 0, y, x)] = du ** 2 + dv ** 2 > scale * lengths + bias
          ? 0
          : 1;
      }
    }
  }
  return { sampled, visible };
}
