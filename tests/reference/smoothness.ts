/** Twin of pipeline/smoothness/ops/smoothness.ts: difference images first, then the means. */
import type { SmoothnessOptions } from "../../pipeline/smoothness/ops/smoothness.ts";
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

const PENALTIES: Record<SmoothnessOptions["penalty"], (x: number) => number> = {
  l1: Math.abs,
  charbonnier: (x) => Math.sqrt(x ** 2 + 0.01 ** 2),
  huber: (x) => Math.abs(x) <= 0.01 ? x ** 2 / (2 * 0.01) : Math.abs(x) - 0.01 / 2,
};

/** Forward difference of every channel along x or y; one shorter in that direction. */
function forwardDifference(input: Tensor64, direction: "x" | "y"): Tensor64 {
  const [n, channels, h, w] = input.shape;
  const [right, down] = direction === "x" ? [1, 0] : [0, 1];
  const out = zeros64([n, channels, Math.max(h - down, 0), Math.max(w - right, 0)]);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y + down < h; y++) {
        for (let x = 0; x + right < w; x++) {
          out.data[at(out.shape, image, channel, y, x)] =
            input.data[at(input.shape, image, channel, y + down, x + right)] -
            input.data[at(input.shape, image, channel, y, x)];
        }
      }
    }
  }
  return out;
}

export function smoothness64(
  flow: Tensor64,
  image: Tensor64,
  { penalty, order, edgeAlpha }: SmoothnessOptions,
): Tensor64 {
  const side = Math.min(flow.shape[2], flow.shape[3]);
  const loss = zeros64([1, 1, 1, 1]);
  for (const direction of ["x", "y"] as const) {
    const edges = forwardDifference(image, direction);
    let derivative = forwardDifference(flow, direction);
    // A second difference takes the weight of the later of its two first differences.
    let later = [0, 0];
    if (order === "2nd") {
      derivative = forwardDifference(derivative, direction);
      later = direction === "x" ? [0, 1] : [1, 0];
    }
    const [n, channels, h, w] = derivative.shape;
    let sum = 0;
    for (let picture = 0; picture < n; picture++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const colours = [0, 1, 2].map((channel) =>
            Math.abs(edges.data[at(edges.shape, picture, channel, y + later[0], x + later[1])])
          );
          const weight = Math.exp(-edgeAlpha * (colours[0] + colours[1] + colours[2]) / 3);
          for (let channel = 0; channel < channels; channel++) {
            const value = derivative.data[at(derivative.shape, picture, channel, y, x)] / side;
            sum += weight * PENALTIES[penalty](value);
          }
        }
      }
    }
    const divisor = order === "2nd" && penalty === "l1" ? 1 : 2;
    if (derivative.data.length > 0) loss.data[0] += sum / derivative.data.length / divisor / 2;
  }
  return loss;
}
