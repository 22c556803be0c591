/** Twin of pipeline/compute/ops/appearance.ts. */
import type { Look } from "../../pipeline/compute/ops/appearance.ts";
import { hash64 } from "./superpixel_noise.ts";
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

const RADIUS = 3;
const clamp = (value: number, high: number) => Math.min(high, Math.max(0, value));

export function changeLooks64({ shape, data }: Tensor64, looks: readonly Look[]): Tensor64 {
  const [n, , height, width] = shape;
  const out = zeros64(shape);
  for (let image = 0; image < n; image++) {
    const { blur, colours, gamma, noise, seed } = looks[image];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const before = [0, 1, 2].map((channel) => {
          if (blur === 0) return data[at(shape, image, channel, y, x)];
          let sum = 0, weights = 0;
          for (let dy = -RADIUS; dy <= RADIUS; dy++) {
            for (let dx = -RADIUS; dx <= RADIUS; dx++) {
              const weight = Math.exp(-(dx * dx + dy * dy) / (2 * blur * blur));
              const [py, px] = [clamp(y + dy, height - 1), clamp(x + dx, width - 1)];
              sum += weight * data[at(shape, image, channel, py, px)];
              weights += weight;
            }
          }
          return sum / weights;
        });
        const normals = normal64(seed, x, y);
        colours.forEach(([red, green, blue, added], channel) => {
          const coloured = clamp(red * before[0] + green * before[1] + blue * before[2] + added, 1);
          const toned = coloured ** gamma;
          out.data[at(shape, image, channel, y, x)] = clamp(toned + noise * normals[channel], 1);
        });
      }
    }
  }
  return out;
}

/** Three normal numbers by Box and Muller. */
function normal64(seed: number, x: number, y: number): number[] {
  const [a, b, c, d] = hash64([x, y, seed, 1]).map((value) => ((value >>> 8) + 0.5) / 16777216);
  const radius = (u: number) => Math.sqrt(-2 * Math.log(u)), angle = (u: number) => 2 * Math.PI * u;
  return [
    radius(a) * Math.cos(angle(c)),
    radius(a) * Math.sin(angle(c)),
    radius(b) * Math.cos(angle(d)),
  ];
}
