/**
 * Which crops of which pairs a step sees. A step's batch follows from the seed and the number of the step alone, so
 * a resumed run goes on with the same batches. Every epoch has an order of its own.
 */
import type { FramePair } from "../common/io/pair.ts";
import type { Rng } from "../common/rng.ts";
import { SIDE_MULTIPLE } from "../compute/network/pwclite.ts";

export interface SamplerSettings {
  readonly batch: number;
  /** Side of the square crop in pixels. */
  readonly crop: number;
  /** Share of a batch that is drawn from the real pairs, rounded to whole pairs. */
  readonly realShare: number;
}

/** How one pair enters a batch. */
export interface Sample {
  readonly pair: FramePair;
  readonly left: number;
  readonly top: number;
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
  /** Frame 2 takes the place of frame 1. */
  readonly swap: boolean;
}

export class Sampler {
  readonly #rng: Rng;
  readonly #settings: SamplerSettings;
  readonly #sources: {
    readonly pairs: readonly FramePair[];
    readonly count: number;
    readonly name: string;
  }[];

  /** @throws {Error} when a source that is needed has no pair, or a pair is smaller than the crop */
  constructor(
    scenes: readonly FramePair[],
    real: readonly FramePair[],
    settings: SamplerSettings,
    rng: Rng,
  ) {
    this.#rng = rng;
    this.#settings = settings;
    const fromReal = Math.round(settings.batch * settings.realShare);
    this.#sources = [
      { pairs: scenes, count: settings.batch - fromReal, name: "scenes" },
      { pairs: real, count: fromReal, name: "real" },
    ].filter(({ count }) => count > 0);
    for (const { pairs, count, name } of this.#sources) {
      if (pairs.length === 0) {
        throw new Error(
          `Cannot draw ${count} ${name} pairs a batch: the training split has none. Set real_share to match.`,
        );
      }
      checkSizes(pairs, settings.crop, name);
    }
  }

  /** The samples of a step, counted from 0. */
  samples(step: number): Sample[] {
    return this.#sources.flatMap(({ pairs, count, name }) =>
      Array.from({ length: count }, (_, i) => {
        const drawn = step * count + i;
        const epoch = Math.floor(drawn / pairs.length);
        const pair = pairs[this.#order(name, epoch, pairs.length)[drawn % pairs.length]];
        const rng = this.#rng.fork(`${name} ${drawn}`);
        const { crop } = this.#settings;
        return {
          pair,
          left: rng.integer(pair.width - crop + 1),
          top: rng.integer(pair.height - crop + 1),
          mirrorX: rng.uniform() < 0.5,
          mirrorY: rng.uniform() < 0.5,
          swap: rng.uniform() < 0.5,
        };
      })
    );
  }

  /**
   * The pictures of a step in the device's order, [2B, crop, crop, 4]: the first frames of all samples, then the second.
   */
  images(step: number): Float32Array<ArrayBuffer> {
    const { crop, batch } = this.#settings;
    const floats = 4 * crop * crop;
    const out = new Float32Array(2 * batch * floats);
    this.samples(step).forEach((sample, index) => {
      const { frame1, frame2 } = sample.pair;
      cropInto(out, index * floats, sample.swap ? frame2 : frame1, sample, crop);
      cropInto(out, (batch + index) * floats, sample.swap ? frame1 : frame2, sample, crop);
    });
    return out;
  }

  readonly #orders = new Map<string, { epoch: number; order: Uint32Array }>();

  // A permutation by Fisher and Yates; the current one of each source is kept.
  #order(name: string, epoch: number, length: number): Uint32Array {
    const kept = this.#orders.get(name);
    if (kept?.epoch === epoch) return kept.order;
    const rng = this.#rng.fork(`${name} order ${epoch}`);
    const order = Uint32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = rng.integer(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    this.#orders.set(name, { epoch, order });
    return order;
  }
}

/** @throws {Error} naming the smallest pair, how many are too small, and what helps */
function checkSizes(pairs: readonly FramePair[], crop: number, source: string): void {
  const side = ({ width, height }: FramePair) => Math.min(width, height);
  const tooSmall = pairs.filter((pair) => side(pair) < crop);
  if (tooSmall.length === 0) return;
  const smallest = tooSmall.reduce((a, b) => side(b) < side(a) ? b : a);
  const { name, dataset, width, height } = smallest;
  const largestCrop = SIDE_MULTIPLE * Math.floor(side(smallest) / SIDE_MULTIPLE);
  const advice = largestCrop > 0
    ? `Lower crop to ${largestCrop}.`
    : `The least crop is ${SIDE_MULTIPLE}, so frames must have at least ${SIDE_MULTIPLE}x${SIDE_MULTIPLE} pixels: ` +
      `enlarge these, leave their source out of download.sources, or set real_share to 0.`;
  throw new Error(
    `Cannot crop ${crop}x${crop} from ${name} of ${dataset}, which is ${width}x${height}: ` +
      `${tooSmall.length} of ${pairs.length} ${source} pairs are too small. ${advice}`,
  );
}

function cropInto(
  out: Float32Array,
  offset: number,
  frame: Uint8Array,
  sample: Sample,
  crop: number,
): void {
  const { pair: { width }, left, top, mirrorX, mirrorY } = sample;
  for (let y = 0; y < crop; y++) {
    const row = (top + (mirrorY ? crop - 1 - y : y)) * width;
    for (let x = 0; x < crop; x++) {
      const source = 3 * (row + left + (mirrorX ? crop - 1 - x : x));
      const target = offset + 4 * (y * crop + x);
      out[target] = frame[source] / 255;
      out[target + 1] = frame[source + 1] / 255;
      out[target + 2] = frame[source + 2] / 255;
    }
  }
}
