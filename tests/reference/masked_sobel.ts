/** Twin of pipeline/smoothness/ops/masked_sobel.ts: the two 3x3 kernels themselves, applied once or twice. */
import type { MaskedSobelOptions } from "../../pipeline/smoothness/ops/masked_sobel.ts";
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

const KX = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]];
const KY = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]];

/** Cross-correlation of every channel with one 3x3 kernel. */
function correlate64(input: Tensor64, kernel: number[][], border: string): Tensor64 {
  const [n, channels, h, w] = input.shape;
  const out = zeros64(input.shape);
  const clamp = (place: number, side: number) => Math.min(Math.max(place, 0), side - 1);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          let sum = 0;
          for (let dy = -1; dy <= 1; dy++) {
            for (let dx = -1; dx <= 1; dx++) {
              const row = clamp(y + dy, h), column = clamp(x + dx, w);
              const inside = row === y + dy && column === x + dx;
              if (!inside && border === "zero") continue;
              sum += kernel[dy + 1][dx + 1] *
                input.data[at(input.shape, image, channel, row, column)];
            }
          }
          out.data[at(out.shape, image, channel, y, x)] = sum;
        }
      }
    }
  }
  return out;
}

export function maskedSobel64(
  flow: Tensor64,
  image: Tensor64,
  { edgeAlpha, order, border }: MaskedSobelOptions,
): { c: Tensor64; maskX: Tensor64; maskY: Tensor64 } {
  const [n, , h, w] = flow.shape;
  const c = zeros64([n, 4, h, w]);
  const [maskX, maskY] = [KX, KY].map((kernel, direction) => {
    const mask = zeros64([n, 1, h, w]);
    const edges = correlate64(image, kernel, border);
    const once = correlate64(flow, kernel, border);
    const derivative = order === "1st" ? once : correlate64(once, kernel, border);
    for (let picture = 0; picture < n; picture++) {
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const colours = [0, 1, 2].map((channel) =>
            Math.abs(edges.data[at(edges.shape, picture, channel, y, x)])
          );
          const weight = Math.exp(-edgeAlpha * (colours[0] + colours[1] + colours[2]) / 3);
          mask.data[at(mask.shape, picture, 0, y, x)] = weight;
          for (const channel of [0, 1]) {
            c.data[at(c.shape, picture, 2 * direction + channel, y, x)] = weight *
              derivative.data[at(flow.shape, picture, channel, y, x)];
          }
        }
      }
    }
    return mask;
  });
  return { c, maskX, maskY };
}
