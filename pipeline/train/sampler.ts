/**
 * Which crops of which pairs a step sees. A step's batch follows from the seed and the number of the step alone, so
 * a resumed run goes on with the same batches. Every epoch has an order of its own.
 */
import type { FramePair } from "../common/io/pair.ts";
import type { Rng } from "../common/rng.ts";

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
      for (const { name: pair, width, height } of pairs) {
        if (Math.min(width, height) < settings.crop) {
          throw new Error(
            `Cannot crop ${settings.crop}x${settings.crop} from ${pair}: it is ${width}x${height}. Choose a smaller crop.`,
          );
        }
      }
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
