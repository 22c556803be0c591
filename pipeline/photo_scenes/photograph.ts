/**
 * Photographs, and a crop of one as the texture of a layer: turned, zoomed and brightened, mirrored beyond its borders, so
 * that it covers any plane.
 */
import { type Affine, affineX, affineY } from "../pairs/affine.ts";
import type { Rng } from "../common/rng.ts";

export interface Photograph {
  /** Unique among all. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** [H, W, 3] */
  readonly data: Uint8Array;
}

export interface PhotoTexture {
  readonly photograph: Photograph;
  /** From the layer's coordinates to pixels of the photograph. */
  readonly toPhotograph: Affine;
  /** Red, green, blue: the factor by which it is brighter than the photograph. */
  readonly gain: readonly [number, number, number];
}

/** Pixels of the photograph for one of the scene, least and most. */
const ZOOM = [0.6, 2] as const;
/** Brightness of a layer, and how much its colours differ from it. */
const GAIN = [0.7, 1.1] as const;
const TINT = [0.9, 1.1] as const;

/** A crop of one of the photographs, anywhere in it and by any angle, of which half are mirrored. */
export function drawPhotoTexture(rng: Rng, photographs: readonly Photograph[]): PhotoTexture {
  const photograph = photographs[rng.integer(photographs.length)];
  const zoom = rng.uniform(...ZOOM), angle = rng.uniform(0, 2 * Math.PI);
  const mirror = rng.uniform() < 0.5 ? -1 : 1;
  const cosine = zoom * Math.cos(angle), sine = zoom * Math.sin(angle);
  const left = rng.uniform(0, photograph.width), top = rng.uniform(0, photograph.height);
  const gain = rng.uniform(...GAIN) / 255;
  const channel = () => gain * rng.uniform(...TINT);
  return {
    photograph,
    toPhotograph: [mirror * cosine, -sine, left, mirror * sine, cosine, top],
    gain: [channel(), channel(), channel()],
  };
}

/** Adds the colour at (x, y) of the layer, bilinear between pixels, to `sum`; 1 is full intensity. */
export function addPhotoColour(
  { photograph: { data, width, height }, toPhotograph, gain }: PhotoTexture,
  x: number,
  y: number,
  sum: Float64Array,
): void {
  const px = affineX(toPhotograph, x, y), py = affineY(toPhotograph, x, y);
  const column = Math.floor(px), row = Math.floor(py);
  const fx = px - column, fy = py - row;
  const left = 3 * mirrored(column, width), right = 3 * mirrored(column + 1, width);
  const upper = 3 * width * mirrored(row, height), lower = 3 * width * mirrored(row + 1, height);
  const w11 = fx * fy, w01 = fx - w11, w10 = fy - w11, w00 = 1 - fx - w10;
  for (let c = 0; c < 3; c++) {
    sum[c] += gain[c] * (w00 * data[upper + left + c] + w01 * data[upper + right + c] +
      w10 * data[lower + left + c] + w11 * data[lower + right + c]);
  }
}

/** The pixel that stands at an index when each border is a mirror: 2 1 0 | 0 1 2 | 2 1 0. */
function mirrored(index: number, length: number): number {
  const twice = 2 * length;
  const inside = index - twice * Math.floor(index / twice);
  return inside < length ? inside : twice - 1 - inside;
}
