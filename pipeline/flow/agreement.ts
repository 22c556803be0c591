/**
 * How well the flows of both directions agree: forward and then back, a pixel should be where it was. Where it is not, it
 * is hidden in the other frame or its flow is wrong, which nobody can tell apart without more.
 */
import { medianOf } from "./motion.ts";
import { bilinear } from "./sampling.ts";

/** Allowed squared distance, as in the loss (Meister et al., AAAI 2018): a share of both squared lengths, plus px^2. */
const SHARE = 0.01;
const BIAS = 0.5;
/** A pixel is a square around its middle: what ends this far beyond the middles of the outermost ones is still in the picture. */
const HALF_PIXEL = 0.5;

export interface Agreement {
  /** [H, W], 1 where a pixel of the frame is not seen in the other: it leaves the picture or does not come back. */
  readonly occluded: Uint8Array;
  /** Median distance in pixels between a pixel and where it comes back, of those that stay in the picture; 0 if none does. */
  readonly medianDistance: number;
  /** Share of all pixels that leave the picture. */
  readonly leaving: number;
  /** Share of all pixels that stay and do not come back. */
  readonly inconsistent: number;
}

/**
 * @param flow [H, W, 2] in pixels
 * @param back [H, W, 2] in pixels, in the opposite direction
 * @param margin pixels beyond the middles of the outermost ones in which a pixel has not left yet
 */
export function compareDirections(
  flow: Float32Array,
  back: Float32Array,
  width: number,
  height: number,
  margin: number = HALF_PIXEL,
): Agreement {
  const occluded = new Uint8Array(width * height);
  const distances = new Float32Array(width * height);
  const between = bilinear(back, 2, { width, height });
  let staying = 0, inconsistent = 0;
  for (let i = 0; i < occluded.length; i++) {
    const u = flow[2 * i], v = flow[2 * i + 1];
    const x = i % width + u, y = Math.floor(i / width) + v;
    const inside = x >= -margin && y >= -margin && x <= width - 1 + margin &&
      y <= height - 1 + margin;
    if (!inside) {
      occluded[i] = 1;
      continue;
    }
    const bu = between(x, y, 0), bv = between(x, y, 1);
    const squared = (u + bu) ** 2 + (v + bv) ** 2;
    distances[staying++] = Math.sqrt(squared);
    if (squared > SHARE * (u * u + v * v + bu * bu + bv * bv) + BIAS) {
      occluded[i] = 1;
      inconsistent++;
    }
  }
  return {
    occluded,
    medianDistance: medianOf(distances.subarray(0, staying)),
    leaving: 1 - staying / occluded.length,
    inconsistent: inconsistent / occluded.length,
  };
}
