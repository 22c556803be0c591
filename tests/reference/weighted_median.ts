/** Reference of weighted medians (pipeline/flow/sharpening/): sorted, with the same whole weights. */
import type { Size } from "../../pipeline/common/io/resize.ts";
import type { Neighbourhood } from "../../pipeline/flow/sharpening/weighted_median.ts";

/**
 * @param flow [H, W, 2]
 * @param frame [H, W, 3]
 * @param hidden [H, W]
 */
export function weightedMedianReference(
  flow: Float32Array,
  frame: Uint8Array,
  hidden: Uint8Array,
  { width, height }: Size,
  { radius, step, fading, at }: Neighbourhood,
): Float32Array {
  const result = flow.slice();
  for (let i = 0; i < width * height; i++) {
    if (at === "hidden" && hidden[i] === 0) continue;
    const weighted: { j: number; weight: number }[] = [];
    for (let dy = -radius; dy <= radius; dy += step) {
      for (let dx = -radius; dx <= radius; dx += step) {
        const x = i % width + dx, y = Math.floor(i / width) + dy, j = y * width + x;
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        if (at === "hidden" && hidden[j] !== 0) continue;
        const nearness = Math.round(255 * Math.exp(-Math.hypot(dx, dy) / fading));
        const difference = [0, 1, 2].reduce(
          (sum, c) => sum + Math.abs(frame[3 * i + c] - frame[3 * j + c]),
          0,
        );
        weighted.push({ j, weight: nearness * likeness(difference) });
      }
    }
    if (weighted.length === 0) continue;
    for (const component of [0, 1]) {
      const sorted = weighted.map(({ j, weight }) => ({ value: flow[2 * j + component], weight }))
        .sort((a, b) => a.value - b.value);
      const all = sorted.reduce((sum, { weight }) => sum + weight, 0);
      let below = 0;
      result[2 * i + component] = sorted.find(({ weight }) => 2 * (below += weight) >= all)!.value;
    }
  }
  return result;
}

/** Half for every 21 of the difference, in straight lines between, down to 1 of 32768. */
function likeness(difference: number): number {
  const halved = Math.floor(32768 / 2 ** Math.min(Math.floor(difference / 21), 15));
  return Math.max(1, Math.floor(halved * (42 - difference % 21) / 42));
}
