/**
 * Medians of flow over neighbours that look alike, which is to say over those of the same thing: noise goes, boundaries stay (the
 * non-local term of Sun, Roth and Black, IJCV 2014).
 */
import type { Size } from "../common/io/resize.ts";

/** Levels of 0 to 255, in the mean over the colours, at which a neighbour counts e times less. */
const LIKENESS = 10;
const LARGEST_DIFFERENCE = 3 * 255;
const ROWS_AT_ONCE = 16;

export interface Neighbourhood {
  /** Neighbours are at most so many pixels away along each axis; every step-th of them counts. */
  readonly radius: number;
  readonly step: number;
  /** Distance in pixels at which a neighbour counts e times less. */
  readonly fading: number;
}

/**
 * @param flow [H, W, 2]
 * @param frame [H, W, 3], whose flow it is
 * @param options.at, options.of [H, W]: where medians are taken, and of which pixels, where not 0; everywhere and of all unless given
 * @param options.onRows told which share of the rows is done, from 0 to 1, every now and then, and waited for
 * @returns [H, W, 2]: the median of each component; the flow as it is elsewhere and where no neighbour counts
 */
export async function weightedMedians(
  flow: Float32Array,
  { frame, width, height }: Size & { readonly frame: Uint8Array },
  { radius, step, fading }: Neighbourhood,
  { at, of, onRows }: {
    at?: Uint8Array;
    of?: Uint8Array;
    onRows?: (share: number) => Promise<void>;
  } = {},
): Promise<Float32Array> {
  const likeness = Float64Array.from(
    { length: LARGEST_DIFFERENCE + 1 },
    (_, difference) => Math.exp(-difference / (3 * LIKENESS)),
  );
  const offsets: { dx: number; dy: number; weight: number }[] = [];
  for (let dy = -radius; dy <= radius; dy += step) {
    for (let dx = -radius; dx <= radius; dx += step) {
      offsets.push({ dx, dy, weight: Math.exp(-Math.hypot(dx, dy) / fading) });
    }
  }
  const result = flow.slice();
  const u = new Sorted(offsets.length), v = new Sorted(offsets.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (at && at[i] === 0) continue;
      u.clear();
      v.clear();
      for (const { dx, dy, weight } of offsets) {
        const toX = x + dx, toY = y + dy;
        if (toX < 0 || toY < 0 || toX >= width || toY >= height) continue;
        const j = toY * width + toX;
        if (of && of[j] === 0) continue;
        const difference = Math.abs(frame[3 * i] - frame[3 * j]) +
          Math.abs(frame[3 * i + 1] - frame[3 * j + 1]) +
          Math.abs(frame[3 * i + 2] - frame[3 * j + 2]);
        u.add(flow[2 * j], weight * likeness[difference]);
        v.add(flow[2 * j + 1], weight * likeness[difference]);
      }
      if (u.count === 0) continue;
      result[2 * i] = u.median();
      result[2 * i + 1] = v.median();
    }
    if (y % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await onRows?.((y + 1) / height);
  }
  return result;
}

/** Values in order, with weights. */
class Sorted {
  readonly #values: Float32Array;
  readonly #weights: Float64Array;
  count = 0;

  constructor(most: number) {
    this.#values = new Float32Array(most);
    this.#weights = new Float64Array(most);
  }

  clear(): void {
    this.count = 0;
  }

  add(value: number, weight: number): void {
    let place = this.count++;
    for (; place > 0 && this.#values[place - 1] > value; place--) {
      this.#values[place] = this.#values[place - 1];
      this.#weights[place] = this.#weights[place - 1];
    }
    this.#values[place] = value;
    this.#weights[place] = weight;
  }

  /** The first value at which half of all weight is reached. */
  median(): number {
    let all = 0;
    for (let k = 0; k < this.count; k++) all += this.#weights[k];
    let sum = 0, place = 0;
    while (place < this.count - 1 && (sum += this.#weights[place]) < all / 2) place++;
    return this.#values[place];
  }
}
