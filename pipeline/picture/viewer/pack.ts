/**
 * A pair as the report's viewer shows it, pixel by pixel: of a pair that is too large the middle is cut out, none is made
 * smaller. Frames lose what the eye does not see (YCbCr of 7 bits, colour at half the resolution), flow is kept to 1/64 px.
 *
 * Content, compressed as one zlib stream: for each frame Y [h, w], Cb and Cr [⌈h/2⌉, ⌈w/2⌉]
 * (differences8); true u, true v, predicted u, predicted v [h, w] in 1/64 px (differences16); marks
 * [h, w], 1 = truth known, 2 = occluded.
 */
import { zlibSync } from "fflate";
import type { FramePair } from "../../common/io/pair.ts";
import { areaResize, type Size } from "../../common/io/resize.ts";
import { differences16, differences8 } from "./planes.ts";

/** Pixels of a packed pair: pairs of Middlebury, Sintel and KITTI are shown whole. A pair has then half a megabyte or so. */
const LARGEST_AREA = 250_000;
/** Steps of flow in a pixel; 16 bits reach to 512 px. */
export const STEPS_PER_PIXEL = 64;
const KNOWN = 1;
const OCCLUDED = 2;

export interface PackedPair extends Size {
  readonly dataset: string;
  readonly name: string;
  /** Of the pair itself. */
  readonly full: Size;
  /** Where the part that is shown starts in it. */
  readonly left: number;
  readonly top: number;
  /** Whether it is known which pixels are occluded. */
  readonly occlusion: boolean;
  /** Only of pairs without true flow, whose planes of it are zero. */
  readonly truth?: false;
  readonly bytes: Uint8Array;
}

/**
 * @param pair with true flow or without
 * @param predicted [H, W, 2] in pixels
 * @param largestArea in pixels
 */
export function packPair(
  pair: FramePair,
  predicted: Float32Array,
  largestArea = LARGEST_AREA,
): PackedPair {
  const full = { width: pair.width, height: pair.height };
  const shown = middleOf(full, largestArea);
  const { width, height } = shown;
  const pixels = Int32Array.from(
    { length: width * height },
    (_, i) => (shown.top + Math.floor(i / width)) * full.width + shown.left + i % width,
  );
  const known = Uint8Array.from(pixels, (i) => pair.valid?.[i] ?? 1);
  const truth = pair.flow ?? new Float32Array(2 * full.width * full.height);
  const component = (flow: Float32Array, channel: number, wanted?: Uint8Array) =>
    differences16(Int16Array.from(pixels, (i) => steps(flow[2 * i + channel])), width, wanted);
  const marks = Uint8Array.from(
    pixels,
    (pixel, i) => (known[i] ? KNOWN : 0) | (pair.occluded?.[pixel] ? OCCLUDED : 0),
  );
  const parts = [
    ...packFrame(pair.frame1, pixels, shown),
    ...packFrame(pair.frame2, pixels, shown),
    component(truth, 0, known),
    component(truth, 1, known),
    component(predicted, 0),
    component(predicted, 1),
    marks,
  ];
  return {
    dataset: pair.dataset,
    name: pair.name,
    ...shown,
    full,
    occlusion: pair.occluded !== undefined,
    ...pair.flow ? {} : { truth: false },
    bytes: zlibSync(concatenate(parts), { level: 9 }),
  };
}

/** Bytes of a pair's content before it is compressed: frames, flows of two bytes, marks. */
export function contentLength({ width, height }: Size): number {
  const colour = Math.ceil(width / 2) * Math.ceil(height / 2);
  return 2 * (width * height + 2 * colour) + 4 * 2 * width * height + width * height;
}

/** The whole, or its middle part of the same proportions with at most so many pixels. */
function middleOf(full: Size, largestArea: number) {
  const ratio = Math.min(1, Math.sqrt(largestArea / (full.width * full.height)));
  const width = Math.max(1, Math.floor(full.width * ratio));
  const height = Math.max(1, Math.floor(full.height * ratio));
  return {
    width,
    height,
    left: Math.floor((full.width - width) / 2),
    top: Math.floor((full.height - height) / 2),
  };
}

function steps(flow: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(flow * STEPS_PER_PIXEL)));
}

/** Luma and the two colour differences (ITU-R BT.601, full range). */
function packFrame(frame: Uint8Array, pixels: Int32Array, size: Size): Uint8Array[] {
  const luma = new Float32Array(pixels.length), blue = new Float32Array(pixels.length);
  const red = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const at = 3 * pixels[i];
    const r = frame[at], g = frame[at + 1], b = frame[at + 2];
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
