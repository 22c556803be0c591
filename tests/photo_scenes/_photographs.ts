/** Photographs for tests, made of value noise, since those of the packages are not here without a network. */
import type { Photograph } from "../../pipeline/photo_scenes/photograph.ts";
import { addColour, drawTexture } from "../../pipeline/pairs/texture.ts";
import { Rng } from "../../pipeline/common/rng.ts";

export function noisePhotographs(count: number, side = 160): Photograph[] {
  const rng = new Rng(77);
  const sum = new Float64Array(3);
  return Array.from({ length: count }, (_, i) => {
    const texture = drawTexture(rng.fork(`${i}`));
    const width = side + 8 * i, height = side;
    const data = new Uint8Array(width * height * 3);
    for (let at = 0; at < width * height; at++) {
      sum.fill(0);
      addColour(texture, at % width, Math.floor(at / width), sum);
      for (let c = 0; c < 3; c++) {
        data[3 * at + c] = Math.round(255 * Math.min(1, Math.max(0, sum[c])));
      }
    }
    return { name: `photograph ${i}`, width, height, data };
  });
}
