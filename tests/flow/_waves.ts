/** Pictures whose motion is known, and a small network that nobody trained. */
import type { Picture } from "../../pipeline/common/io/picture_file.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import type { Model } from "../../pipeline/compute/network/model_file.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { bilinear } from "../../pipeline/flow/sampling.ts";

const SETTINGS = { width: 0.125, normaliseFeatures: true, centreInput: true };

export function smallModel(): Model {
  const weights = initialiseWeights(describePwcLite(SETTINGS.width), "kaiming", new Rng(4));
  return { settings: SETTINGS, weights, madeBy: {} };
}

/** Waves that moved by (u, v) pixels: this picture at x + (u, v) shows what waves(0, 0) shows at x. */
export function waves(u: number, v: number, width = 96, height = 80): Picture {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const x = Math.floor(i / 3) % width - u, y = Math.floor(i / 3 / width) - v;
    return Math.round(
      128 + 50 * Math.sin(x / 3 + i % 3) * Math.cos(y / 4) + 50 * Math.sin((x + 2 * y) / 9),
    );
  });
  return { width, height, data };
}

/** As waves(), of noise at all sizes, which repeats nowhere. @param u whole pixels, up to 64, as v */
export function clouds(u: number, v: number, width: number, height: number): Picture {
  const rng = new Rng(9), margin = 64;
  const wide = width + 2 * margin, high = height + 2 * margin;
  const sum = new Float64Array(wide * high * 3);
  for (const cell of [2, 4, 8, 16, 32, 64]) {
    const columns = Math.ceil(wide / cell) + 1, rows = Math.ceil(high / cell) + 1;
    const values = Float32Array.from({ length: 3 * columns * rows }, () => 22 * rng.normal());
    const at = bilinear(values, 3, { width: columns, height: rows });
    sum.forEach((_, i) => {
      const x = Math.floor(i / 3) % wide, y = Math.floor(i / 3 / wide);
      sum[i] += at(x / cell, y / cell, i % 3);
    });
  }
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const x = Math.floor(i / 3) % width - u + margin, y = Math.floor(i / 3 / width) - v + margin;
    return Math.round(Math.min(255, Math.max(0, 128 + sum[3 * (y * wide + x) + i % 3])));
  });
  return { width, height, data };
}

/** [H, W, 2] of one vector. */
export function constantFlow(u: number, v: number, width: number, height: number): Float32Array {
  return Float32Array.from({ length: 2 * width * height }, (_, i) => i % 2 === 0 ? u : v);
}

export function meanError(flow: Float32Array, u: number, v: number): number {
  let sum = 0;
  for (let i = 0; i < flow.length; i += 2) sum += Math.hypot(flow[i] - u, flow[i + 1] - v);
  return sum / (flow.length / 2);
}
