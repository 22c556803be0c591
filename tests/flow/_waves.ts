/** Pictures whose motion is known, and a small network that nobody trained. */
import type { Picture } from "../../pipeline/common/io/picture_file.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import type { Model } from "../../pipeline/compute/network/model_file.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { addColour, drawTexture } from "../../pipeline/pairs/texture.ts";

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

/** As waves(), of a texture of the scenes, which repeats nowhere. */
export function clouds(u: number, v: number, width: number, height: number): Picture {
  const texture = drawTexture(new Rng(2)), colour = new Float64Array(3);
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    addColour(texture, i % width - u, Math.floor(i / width) - v, colour.fill(0));
    colour.forEach((value, c) =>
      data[3 * i + c] = Math.round(255 * Math.min(1, Math.max(0, value)))
    );
  }
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
