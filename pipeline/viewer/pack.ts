/**
 * A pair as the report's viewer shows it: made smaller to a fixed number of pixels and packed into a
 * few ten kilobytes. Frames are averaged over the pixels that a cell covers and lose what the eye
 * does not see (YCbCr of 7 bits, colour at half the resolution). Flow is not averaged, since a mean
 * over a motion boundary is nobody's motion: each cell shows one pixel, the one with known truth
 * nearest to its centre, to 1/64 px.
 *
 * Content, compressed as one zlib stream: for each frame Y [h, w], Cb and Cr [⌈h/2⌉, ⌈w/2⌉]
 * (differences8); true u, true v, predicted u, predicted v [h, w] in 1/64 px (differences16); marks
 * [h, w], 1 = truth known, 2 = occluded.
 */
import { zlibSync } from "fflate";
import type { FramePair } from "../common/io/pair.ts";
import { areaResize, type Size } from "../common/io/resize.ts";
import { differences16, differences8 } from "./planes.ts";

/** Of a packed pair: about 170 by 115. */
const LARGEST_AREA = 20_000;
/** Steps of flow in a pixel; 16 bits reach to 512 px. */
export const STEPS_PER_PIXEL = 64;
const KNOWN = 1;
const OCCLUDED = 2;

export interface PackedPair extends Size {
  readonly dataset: string;
  readonly name: string;
  /** Of the pair itself, whose pixels are the unit of its flow. */
  readonly full: Size;
  /** Whether the truth says which pixels are occluded. */
  readonly occlusion: boolean;
  readonly bytes: Uint8Array;
}

/**
 * @param pair with true flow
 * @param predicted [H, W, 2] in pixels
 */
export function packPair(pair: FramePair, predicted: Float32Array): PackedPair {
  const full = { width: pair.width, height: pair.height };
  const size = reducedSize(full);
  const pixels = shownPixels(full, size, pair.valid);
  const component = (flow: Float32Array, channel: number) =>
    differences16(Int16Array.from(pixels, (i) => steps(flow[2 * i + channel])), size.width);
  const marks = Uint8Array.from(
    pixels,
    (i) => (pair.valid && !pair.valid[i] ? 0 : KNOWN) | (pair.occluded?.[i] ? OCCLUDED : 0),
  );
  const parts = [
    ...packFrame(pair.frame1, full, size),
    ...packFrame(pair.frame2, full, size),
    ...[pair.flow!, predicted].flatMap((flow) => [component(flow, 0), component(flow, 1)]),
    marks,
  ];
  return {
    dataset: pair.dataset,
    name: pair.name,
    ...size,
    full,
    occlusion: pair.occluded !== undefined,
    bytes: zlibSync(concatenate(parts), { level: 9 }),
  };
}

/** Same proportions, at most LARGEST_AREA pixels; never larger than before. */
function reducedSize({ width, height }: Size): Size {
  const ratio = Math.min(1, Math.sqrt(LARGEST_AREA / (width * height)));
  return {
    width: Math.max(1, Math.round(width * ratio)),
    height: Math.max(1, Math.round(height * ratio)),
  };
}

/** For each cell the pixel it shows: of those it covers the one nearest to its centre, known ones first. */
function shownPixels(full: Size, size: Size, valid?: Uint8Array): Int32Array {
  const shown = new Int32Array(size.width * size.height);
  const scaleX = full.width / size.width, scaleY = full.height / size.height;
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const centreX = (x + 0.5) * scaleX - 0.5, centreY = (y + 0.5) * scaleY - 0.5;
      let best = Infinity;
      for (let py = Math.floor(y * scaleY); py < (y + 1) * scaleY && py < full.height; py++) {
        for (let px = Math.floor(x * scaleX); px < (x + 1) * scaleX && px < full.width; px++) {
          const i = py * full.width + px;
          const unknown = valid && !valid[i] ? full.width : 0;
          const distance = Math.hypot(px - centreX, py - centreY) + unknown;
          if (distance >= best) continue;
          best = distance;
          shown[y * size.width + x] = i;
        }
      }
    }
  }
  return shown;
}

function steps(flow: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(flow * STEPS_PER_PIXEL)));
}

/** Luma and the two colour differences (ITU-R BT.601, full range). */
function packFrame(frame: Uint8Array, full: Size, size: Size): Uint8Array[] {
  const rgb = areaResize(frame, 3, full, size).values;
  const pixels = size.width * size.height;
  const luma = new Float32Array(pixels), blue = new Float32Array(pixels);
  const red = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const [r, g, b] = rgb.subarray(3 * i, 3 * i + 3);
    luma[i] = 0.299 * r + 0.587 * g + 0.114 * b;
    blue[i] = 128 + (b - luma[i]) / 1.772;
    red[i] = 128 + (r - luma[i]) / 1.402;
  }
  const half = { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
  const packed = (plane: Float32Array, width: number) =>
    differences8(Uint8Array.from(plane, (value) => Math.min(127, Math.round(value / 2))), width);
  return [
    packed(luma, size.width),
    packed(areaResize(blue, 1, size, half).values, half.width),
    packed(areaResize(red, 1, size, half).values, half.width),
  ];
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
