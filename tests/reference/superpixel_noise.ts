/** Twin of pipeline/compute/ops/superpixel_noise.ts, of one picture. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

/** pcg4d of Jarzynski & Olano 2020. */
export function hash64(key: readonly number[]): number[] {
  const v = key.map((value) => (Math.imul(value, 1664525) + 1013904223) >>> 0);
  const mix = () => {
    for (const [to, a, b] of [[0, 1, 3], [1, 2, 0], [2, 0, 1], [3, 1, 2]]) {
      v[to] = (v[to] + Math.imul(v[a], v[b])) >>> 0;
    }
  };
  mix();
  v.forEach((value, i) => v[i] = (value ^ (value >>> 16)) >>> 0);
  mix();
  return v;
}

const unit = (bits: number) => (bits >>> 8) / 16777216;
const clamp = (value: number, high: number) => Math.min(high, Math.max(0, value));

export function superpixelNoise64(
  picture: Tensor64,
  key: number,
  { spacing, share }: { spacing: number; share: number },
): Tensor64 {
  const { shape, data } = picture, [, , height, width] = shape;
  const out = zeros64(shape);
  const colourAt = (x: number, y: number) => [0, 1, 2].map((c) => data[at(shape, 0, c, y, x)]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const own = colourAt(x, y);
      let nearest = Infinity, bits = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const [cx, cy] = [Math.floor(x / spacing) + dx, Math.floor(y / spacing) + dy];
          const random = hash64([cx, cy, key, 1]);
          const [px, py] = [(cx + unit(random[0])) * spacing, (cy + unit(random[1])) * spacing];
          const colour = colourAt(
            clamp(Math.round(px), width - 1),
            clamp(Math.round(py), height - 1),
          );
          const unlike = colour.reduce((sum, value, c) => sum + (value - own[c]) ** 2, 0);
          const distance = ((x - px) ** 2 + (y - py) ** 2) / spacing ** 2 + 20 * unlike;
          if (distance < nearest) [nearest, bits] = [distance, random[2]];
        }
      }
      const noise = hash64([x, y, key, 2]).map(unit);
      const chosen = bits < Math.floor(share * (2 ** 32 - 1));
      own.forEach((value, c) => out.data[at(shape, 0, c, y, x)] = chosen ? noise[c] : value);
    }
  }
  return out;
}
