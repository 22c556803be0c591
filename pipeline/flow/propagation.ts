/**
 * Flows from neighbours. Where motion changes, a network gives a mixture of both sides, while a few pixels away it is right: so each
 * pixel tries the flows of pixels around it, from far ones to near ones, and keeps the one by which its surroundings match best
 * (propagation: Barnes et al., PatchMatch, SIGGRAPH 2009; the cost of a match, truncated, of colours and gradients: Bleyer et al.,
 * PatchMatch Stereo, BMVC 2011). Whole numbers, so that the result does not hang on how the picture is cut for the work.
 */
import type { Size } from "../common/io/resize.ts";
import type { PicturePair } from "./in_tiles.ts";

/** How far neighbours are whose flows are tried, in pixels: eight of them at each distance. */
const DISTANCES = [24, 12, 6, 3, 1];
/** Matches are compared over squares of 2 RADIUS + 1 pixels. */
const RADIUS = 3;
/** Beyond these, a difference is no match at all: of a colour, and of both derivatives together, in levels of 0 to 255. */
const LARGEST_COLOUR = 20, LARGEST_GRADIENT = 8;
const COLOUR_WEIGHT = 1 / 4;
/** Of the worst match. */
const WORST = COLOUR_WEIGHT * LARGEST_COLOUR + LARGEST_GRADIENT;
/** A neighbour's flow must be better by so much in the mean, or noise decides. */
const LEAST_GAIN = 0.1;
/** Whole numbers of a level. */
const UNIT = 256;
/** Sobel's sums are so many times the derivative. */
const SOBEL = 8;
/** What a row depends on lies no farther away: each distance adds itself and the square that is compared. */
const REACH = DISTANCES.reduce((sum, distance) => sum + distance + RADIUS, 0);
/** Of the rows that are worked at together, unless fewer than LEAST_ROWS are: they are computed with REACH more on both sides. */
const PIXELS_AT_ONCE = 2 ** 20;
const LEAST_ROWS = 256;

/**
 * @param flow [H, W, 2] in pixels, frame 1 to frame 2
 * @param options.rows of the picture that are worked at together, which takes memory; the result is the same for any number
 * @param options.onRows told which share of the rows is done, from 0 to 1, and waited for
 * @returns [H, W, 2]: at each pixel its own flow or one of its surroundings
 */
export async function propagated(
  pair: PicturePair,
  flow: Float32Array,
  { rows = Math.max(LEAST_ROWS, Math.floor(PIXELS_AT_ONCE / pair.width)), onRows }: {
    rows?: number;
    onRows?: (share: number) => Promise<void>;
  } = {},
): Promise<Float32Array> {
  const { width, height } = pair;
  const mismatch = mismatchOf(pair);
  const result = new Float32Array(flow.length);
  for (let top = 0; top < height; top += rows) {
    const bottom = Math.min(height, top + rows);
    const first = Math.max(0, top - REACH), last = Math.min(height, bottom + REACH);
    const band = new Band(flow.slice(2 * width * first, 2 * width * last), pair, first, mismatch);
    for (const [index, distance] of DISTANCES.entries()) {
      band.tryNeighbours(distance);
      await onRows?.((top + (bottom - top) * (index + 1) / DISTANCES.length) / height);
    }
    result.set(
      band.flow.subarray(2 * width * (top - first), 2 * width * (bottom - first)),
      2 * width * top,
    );
  }
  return result;
}

/** How badly pixel (x, y) of frame 1 matches what lies (u, v) away in frame 2, 0 to WORST · UNIT. */
type Mismatch = (x: number, y: number, u: number, v: number) => number;

/** Some rows of the picture. */
class Band {
  readonly flow: Float32Array;
  readonly #width: number;
  readonly #height: number;
  readonly #first: number;
  readonly #pictureHeight: number;
  readonly #mismatch: Mismatch;
  /** By which flow was chosen: over the square around each pixel, of the field that its flow was taken from. */
  readonly #costs: Int32Array;
  /** Of a field that is tried: its values, and sums on the way and at the end. */
  readonly #tried: Float32Array;
  readonly #mismatches: Int32Array;
  readonly #alongX: Int32Array;
  readonly #sums: Int32Array;

  constructor(flow: Float32Array, { width, height }: Size, first: number, mismatch: Mismatch) {
    this.flow = flow;
    this.#width = width;
    this.#height = flow.length / (2 * width);
    this.#first = first;
    this.#pictureHeight = height;
    this.#mismatch = mismatch;
    const pixels = flow.length / 2;
    this.#tried = new Float32Array(flow.length);
    this.#mismatches = new Int32Array(pixels);
    this.#alongX = new Int32Array(pixels);
    this.#sums = new Int32Array(pixels);
    this.#costs = this.#costsOf(flow).slice();
  }

  tryNeighbours(distance: number): void {
    const before = this.flow.slice();
    for (const dy of [-distance, 0, distance]) {
      for (const dx of [-distance, 0, distance]) {
        if (dx !== 0 || dy !== 0) this.#tryShifted(before, dx, dy);
      }
    }
  }

  #tryShifted(before: Float32Array, dx: number, dy: number): void {
    const flow = this.#tried;
    this.#shift(before, flow, dx, dy);
    const costs = this.#costsOf(flow);
    for (let y = 0, i = 0; y < this.#height; y++) {
      const rows = spanOf(y, this.#height);
      for (let x = 0; x < this.#width; x++, i++) {
        const gain = LEAST_GAIN * UNIT * rows * spanOf(x, this.#width);
        if (!(costs[i] < this.#costs[i] - gain) || this.#leaves(x, y, i)) continue;
        this.#costs[i] = costs[i];
        this.flow[2 * i] = flow[2 * i];
        this.flow[2 * i + 1] = flow[2 * i + 1];
      }
    }
  }

  /** Where a pixel is to leave the picture, nothing speaks against it: there is nothing to match. */
  #leaves(x: number, y: number, i: number): boolean {
    const toX = x + this.flow[2 * i], toY = this.#first + y + this.flow[2 * i + 1];
    return !(toX >= 0 && toY >= 0 && toX <= this.#width - 1 && toY <= this.#pictureHeight - 1);
  }

  /** Gives each pixel the flow of its neighbour; beyond the border, that of the nearest pixel. */
  #shift(from: Float32Array, to: Float32Array, dx: number, dy: number): void {
    for (let y = 0, i = 0; y < this.#height; y++) {
      const row = this.#width * clamped(y + dy, this.#height);
      for (let x = 0; x < this.#width; x++, i++) {
        const neighbour = row + clamped(x + dx, this.#width);
        to[2 * i] = from[2 * neighbour];
        to[2 * i + 1] = from[2 * neighbour + 1];
      }
    }
  }

  /** Sums over the square around each pixel, as far as it lies inside; overwritten by the next. */
  #costsOf(flow: Float32Array): Int32Array {
    const width = this.#width, height = this.#height;
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        this.#mismatches[i] = this.#mismatch(x, this.#first + y, flow[2 * i], flow[2 * i + 1]);
      }
    }
    for (let y = 0; y < height; y++) addUp(this.#mismatches, this.#alongX, y * width, 1, width);
    for (let x = 0; x < width; x++) addUp(this.#alongX, this.#sums, x, width, height);
    return this.#sums;
  }
}

/** A line of sums over RADIUS values before and after each. */
function addUp(
  from: Int32Array,
  to: Int32Array,
  start: number,
  stride: number,
  count: number,
): void {
  let sum = 0;
  for (let i = 0; i < Math.min(RADIUS, count); i++) sum += from[start + i * stride];
  for (let i = 0; i < count; i++) {
    if (i + RADIUS < count) sum += from[start + (i + RADIUS) * stride];
    if (i > RADIUS) sum -= from[start + (i - RADIUS - 1) * stride];
    to[start + i * stride] = sum;
  }
}

/** How many pixels of the square around one lie inside, along one axis. */
function spanOf(at: number, count: number): number {
  return Math.min(count - 1, at + RADIUS) - Math.max(0, at - RADIUS) + 1;
}

function clamped(at: number, count: number): number {
  return Math.min(count - 1, Math.max(0, at));
}

// Bilinear as bilinear() of sampling.ts, which looks up one channel at a time: forty fields are tried at every pixel.
function mismatchOf({ frame1, frame2, width, height }: PicturePair): Mismatch {
  const slopes1 = slopesOf(frame1, width, height), slopes2 = slopesOf(frame2, width, height);
  const right = width - 1, bottom = height - 1;
  return (x, y, u, v) => {
    const toX = x + u, toY = y + v;
    if (!(toX >= 0 && toY >= 0 && toX <= right && toY <= bottom)) return WORST * UNIT;
    const left = Math.floor(toX), top = Math.floor(toY), fx = toX - left, fy = toY - top;
    const a = top * width + left, b = left < right ? a + 1 : a;
    const below = top < bottom ? width : 0, c = a + below, d = b + below;
    const wa = (1 - fx) * (1 - fy), wb = fx * (1 - fy), wc = (1 - fx) * fy, wd = fx * fy;
    const i = y * width + x;
    let colour = 0, slope = 0;
    for (let k = 0; k < 3; k++) {
      const there = wa * frame2[3 * a + k] + wb * frame2[3 * b + k] + wc * frame2[3 * c + k] +
        wd * frame2[3 * d + k];
      colour += Math.abs(frame1[3 * i + k] - there);
    }
    for (let k = 0; k < 2; k++) {
      const there = wa * slopes2[2 * a + k] + wb * slopes2[2 * b + k] + wc * slopes2[2 * c + k] +
        wd * slopes2[2 * d + k];
      slope += Math.abs(slopes1[2 * i + k] - there);
    }
    return Math.round(
      UNIT * (COLOUR_WEIGHT * Math.min(colour / 3, LARGEST_COLOUR) +
        Math.min(slope / SOBEL, LARGEST_GRADIENT)),
    );
  };
}

/** Sobel's sums of brightness along x and y, [H, W, 2]; beyond the border, the nearest pixel. */
function slopesOf(frame: Uint8Array, width: number, height: number): Int16Array {
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    // ITU-R BT.601.
    grey[i] = Math.round(
      0.299 * frame[3 * i] + 0.587 * frame[3 * i + 1] + 0.114 * frame[3 * i + 2],
    );
  }
  const slopes = new Int16Array(2 * width * height);
  for (let y = 0, i = 0; y < height; y++) {
    const above = width * clamped(y - 1, height), here = width * y;
    const below = width * clamped(y + 1, height);
    for (let x = 0; x < width; x++, i++) {
      const left = clamped(x - 1, width), right = clamped(x + 1, width);
      slopes[2 * i] = grey[above + right] + 2 * grey[here + right] + grey[below + right] -
        grey[above + left] - 2 * grey[here + left] - grey[below + left];
      slopes[2 * i + 1] = grey[below + left] + 2 * grey[below + x] + grey[below + right] -
        grey[above + left] - 2 * grey[above + x] - grey[above + right];
    }
  }
  return slopes;
}
