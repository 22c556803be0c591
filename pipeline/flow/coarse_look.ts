/**
 * A coarse look at large pictures: at half their size, and half of that, of which it sees as much. Otherwise the device would hold
 * them whole, only to make them small.
 */
import type { Size } from "../common/io/resize.ts";
import type { PicturePair, TiledFlows } from "./in_tiles.ts";
import { bilinear } from "./sampling.ts";
import type { Tiling } from "./tiles.ts";

/** Two pictures of so many pixels, of four float32 each, take the 128 MiB that every adapter binds. */
export const MOST_PIXELS = 2 ** 22;

/**
 * @param scale of the look, by which the network's picture is smaller or larger
 * @param look at pictures of at most `mostPixels`, unless their scale is above 1/2: what sees them so large does it in tiles
 * @returns flows of the size of `pair`, in its pixels
 */
export async function coarseLook(
  pair: PicturePair,
  scale: number,
  look: (pair: PicturePair, scale: number) => Promise<TiledFlows>,
  mostPixels = MOST_PIXELS,
): Promise<TiledFlows> {
  if (scale > 1 / 2 || pair.width * pair.height <= mostPixels) return await look(pair, scale);
  const half = halved(pair);
  const { forward, backward, tiling } = await coarseLook(half, 2 * scale, look, mostPixels);
  return {
    forward: doubledFlow(forward, half, pair),
    backward: doubledFlow(backward, half, pair),
    tiling: doubledTiling(tiling, pair),
  };
}

function halved({ width, height, frame1, frame2 }: PicturePair): PicturePair {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  const picture = (frame: Uint8Array) => halvedPicture(frame, { width, height }, half);
  return { ...half, frame1: picture(frame1), frame2: picture(frame2) };
}

/** Means of 2 x 2 pixels, rounded; an odd side's last pixels count twice. */
function halvedPicture(frame: Uint8Array, { width, height }: Size, half: Size): Uint8Array {
  const out = new Uint8Array(3 * half.width * half.height);
  for (let y = 0, target = 0; y < half.height; y++) {
    const upper = 3 * width * 2 * y, lower = 3 * width * Math.min(2 * y + 1, height - 1);
    for (let x = 0; x < half.width; x++) {
      const left = 6 * x, right = 3 * Math.min(2 * x + 1, width - 1);
      for (let channel = 0; channel < 3; channel++, target++) {
        const sum = frame[upper + left + channel] + frame[upper + right + channel] +
          frame[lower + left + channel] + frame[lower + right + channel];
        out[target] = (sum + 2) >> 2;
      }
    }
  }
  return out;
}

/** Twice as long, between the centres of the pixels of half the size. */
function doubledFlow(flow: Float32Array, half: Size, { width, height }: Size): Float32Array {
  const between = bilinear(flow, 2, half);
  const out = new Float32Array(2 * width * height);
  for (let y = 0, target = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 2; channel++, target++) {
        out[target] = 2 * between(x / 2 - 0.25, y / 2 - 0.25, channel);
      }
    }
  }
  return out;
}

function doubledTiling({ tile, overlap, corners }: Tiling, { width, height }: Size): Tiling {
  return {
    tile: { width: Math.min(width, 2 * tile.width), height: Math.min(height, 2 * tile.height) },
    overlap: 2 * overlap,
    corners: corners.map(({ left, top }) => ({ left: 2 * left, top: 2 * top })),
  };
}
