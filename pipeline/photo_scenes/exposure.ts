/**
 * What a camera does to the two pictures of a scene: defocus, another brightness of the second, noise, and 8 bits. Each may
 * be absent; with all of them absent, both frames show the same colours.
 */
import type { Rng } from "../common/rng.ts";

export interface Exposure {
  /** Standard deviation of a Gaussian blur of both frames in pixels; 0 for none. */
  readonly blur: number;
  /** Brightness of the second frame beside the first. */
  readonly gain: number;
  /** Standard deviation of the noise in each frame, for intensities in [0, 1]. */
  readonly noise: number;
}

const BLURRED_SHARE = 0.25;
const LARGEST_BLUR = 1;
const BRIGHTENED_SHARE = 0.5;
const LARGEST_BRIGHTENING = 0.1;
const LARGEST_NOISE = 3 / 255;
/** A Gaussian is cut off at so many standard deviations. */
const REACH = 3;

export function drawExposure(rng: Rng): Exposure {
  return {
    blur: rng.uniform() < BLURRED_SHARE ? rng.uniform(0, LARGEST_BLUR) : 0,
    gain: rng.uniform() < BRIGHTENED_SHARE
      ? 1 + rng.uniform(-LARGEST_BRIGHTENING, LARGEST_BRIGHTENING)
      : 1,
    noise: rng.uniform(0, LARGEST_NOISE),
  };
}

/**
 * A picture as the camera gives it, [H, W, 3] in 8 bits.
 * @param picture [H, W, 3], 1 for full intensity
 * @param gain of this frame
 */
export function expose(
  picture: Float64Array,
  width: number,
  { blur, gain, noise }: Exposure,
  rng: Rng,
): Uint8Array {
  const sharp = blur > 0 ? blurred(picture, width, blur) : picture;
  const bytes = new Uint8Array(sharp.length);
  for (let i = 0; i < sharp.length; i++) {
    const value = gain * sharp[i] + (noise > 0 ? noise * rng.normal() : 0);
    bytes[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
  }
  return bytes;
}

/** Gaussian blur along both axes; at a border, the weights that lie inside count alone. */
function blurred(picture: Float64Array, width: number, sigma: number): Float64Array {
  const height = picture.length / (3 * width);
  const alongX = blurredAlong(picture, sigma, { count: width, stride: 3, lines: height });
  return blurredAlong(alongX, sigma, { count: height, stride: 3 * width, lines: width });
}

/** @param axis how many pixels a line has, how far apart they lie, and how many lines there are */
function blurredAlong(
  picture: Float64Array,
  sigma: number,
  { count, stride, lines }: { count: number; stride: number; lines: number },
): Float64Array {
  const reach = Math.ceil(REACH * sigma);
  const weights = Float64Array.from(
    { length: 2 * reach + 1 },
    (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const lineStride = stride === 3 ? 3 * count : 3;
  const result = new Float64Array(picture.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < count; i++) {
      const first = Math.max(0, i - reach), last = Math.min(count - 1, i + reach);
      let total = 0;
      for (let j = first; j <= last; j++) total += weights[j - i + reach];
      for (let c = 0; c < 3; c++) {
        const at = line * lineStride + c;
        let sum = 0;
        for (let j = first; j <= last; j++) {
          sum += weights[j - i + reach] * picture[at + j * stride];
        }
        result[at + i * stride] = sum / total;
      }
    }
  }
  return result;
}
