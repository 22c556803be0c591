/**
 * Which crops of which pairs a step sees. A step's batch follows from the seed and the number of the step alone, so
 * a resumed run goes on with the same batches. Every epoch has an order of its own.
 */
import type { FrameCrop } from "../compute/ops/crop_frames.ts";
import type { Rng } from "../common/rng.ts";
import { SIDE_MULTIPLE } from "../compute/network/pwclite.ts";
import { realPairs } from "./params.ts";

/** A pair of frames, without them. */
export interface PairSize {
  readonly name: string;
  readonly dataset: string;
  readonly width: number;
  readonly height: number;
}

/** Pairs whose frames are read when they are drawn. */
export interface FrameSource<Pair extends PairSize = PairSize> {
  readonly pairs: readonly Pair[];
  /** Rows `top` up to and without `top + count` of a frame, [count, width, 3]. */
  rows(
    pair: Pair,
    frame: "frame1" | "frame2",
    top: number,
    count: number,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** Takes back such rows, whose memory it may use again. */
  giveBack?(rows: Uint8Array<ArrayBuffer>): void;
}

/** A picture of a batch, in memory of its source. */
export interface SampledPicture extends FrameCrop {
  readonly rows: Uint8Array<ArrayBuffer>;
}

export interface SamplerSettings {
  readonly batch: number;
  /** Height and width of the crops in pixels. */
  readonly height: number;
  readonly width: number;
  /** Share of a batch that is drawn from the real pairs, rounded to whole pairs. */
  readonly realShare: number;
  /** Absent where every step draws from all scenes. */
  readonly curriculum?: Curriculum;
}

/**
 * From which of the scenes a step draws: the first `start` of them (a share, 0 to 1) at the first step, the first `end` at
 * the last of `steps`, linearly in between. A split whose scenes grow harder is so learnt from the easy ones on.
 */
export interface Curriculum {
  readonly start: number;
  readonly end: number;
  readonly steps: number;
}

/** How one pair enters a batch. */
export interface Sample {
  readonly source: FrameSource;
  readonly pair: PairSize;
  /** Name of its source, and how many of that were drawn before it: what else is drawn for the pair follows from this. */
  readonly drawn: string;
  readonly left: number;
  readonly top: number;
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
  /** Frame 2 takes the place of frame 1. */
  readonly swap: boolean;
}

const NOTHING: FrameSource = { pairs: [], rows: () => Promise.resolve(new Uint8Array()) };

export class Sampler {
  readonly #rng: Rng;
  readonly #settings: SamplerSettings;
  readonly #sources: {
    readonly source: FrameSource;
    readonly count: number;
    readonly name: string;
    readonly curriculum?: Curriculum;
  }[];

  /**
   * @param scenes, real absent where no pair of them is drawn
   * @throws {Error} when a source that is needed has no pair, or a pair is smaller than the crop
   */
  constructor(
    scenes: FrameSource = NOTHING,
    real: FrameSource = NOTHING,
    settings: SamplerSettings,
    rng: Rng,
  ) {
    this.#rng = rng;
    this.#settings = settings;
    const fromReal = realPairs(settings.batch, settings.realShare);
    this.#sources = [
      {
        source: scenes,
        count: settings.batch - fromReal,
        name: "scenes",
        curriculum: settings.curriculum,
      },
      { source: real, count: fromReal, name: "real" },
    ].filter(({ count }) => count > 0);
    for (const { source, count, name } of this.#sources) {
      if (source.pairs.length === 0) {
        throw new Error(
          `Cannot draw ${count} ${name} pairs a batch: the training split has none. Set real_share to match.`,
        );
      }
      checkSizes(source.pairs, settings, name);
    }
  }

  /** Width of the widest frame that can be drawn. */
  get largestWidth(): number {
    return this.#sources.reduce(
      (widest, { source }) => source.pairs.reduce((w, { width }) => Math.max(w, width), widest),
      0,
    );
  }

  /** The samples of a step, counted from 0. */
  samples(step: number): Sample[] {
    const { height, width } = this.#settings;
    return this.#sources.flatMap(({ source, count, name, curriculum }) =>
      Array.from({ length: count }, (_, i) => {
        const { pairs } = source;
        const drawn = step * count + i;
        const stream = `${name} ${drawn}`;
        const rng = this.#rng.fork(stream);
        const pair = pairs[
          curriculum
            ? rng.integer(openedPairs(curriculum, step, pairs.length))
            : this.#inOrder(name, drawn, pairs.length)
        ];
        return {
          source,
          pair,
          drawn: stream,
          left: rng.integer(pair.width - width + 1),
          top: rng.integer(pair.height - height + 1),
          mirrorX: rng.uniform() < 0.5,
          mirrorY: rng.uniform() < 0.5,
          swap: rng.uniform() < 0.5,
        };
      })
    );
  }

  /** The pictures of a step: the first frames of all samples, then the second. */
  pictures(step: number): Promise<SampledPicture[]> {
    const { height } = this.#settings;
    const samples = this.samples(step);
    const half = (first: boolean) =>
      samples.map(async ({ source, pair, left, top, mirrorX, mirrorY, swap }) => {
        const rows = await source.rows(pair, first === swap ? "frame2" : "frame1", top, height);
        return { rows, frameWidth: pair.width, left, mirrorX, mirrorY };
      });
    return Promise.all([...half(true), ...half(false)]);
  }

  /** Returns the memory of a step's pictures to their sources; nothing may look at them any more. */
  giveBack(step: number, pictures: readonly SampledPicture[]): void {
    const samples = this.samples(step);
    pictures.forEach(({ rows }, i) => samples[i % samples.length].source.giveBack?.(rows));
  }

  readonly #orders = new Map<string, { epoch: number; order: Uint32Array }>();

  /** The index of a pair of which each comes once an epoch. */
  #inOrder(name: string, drawn: number, length: number): number {
    return this.#order(name, Math.floor(drawn / length), length)[drawn % length];
  }

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

/** How many of the pairs, from the first on, a step may draw. */
function openedPairs({ start, end, steps }: Curriculum, step: number, length: number): number {
  const passed = steps > 1 ? Math.min(1, step / (steps - 1)) : 1;
  return Math.max(1, Math.round(length * (start + (end - start) * passed)));
}

/** @throws {Error} naming the smallest pair, how many are too small, and what helps */
function checkSizes(
  pairs: readonly PairSize[],
  crop: { height: number; width: number },
  source: string,
): void {
  const tooSmall = pairs.filter((pair) => pair.width < crop.width || pair.height < crop.height);
  if (tooSmall.length === 0) return;
  const side = ({ width, height }: PairSize) => Math.min(width, height);
  const smallest = tooSmall.reduce((a, b) => side(b) < side(a) ? b : a);
  const { name, dataset, width, height } = smallest;
  const largestCrop = SIDE_MULTIPLE * Math.floor(side(smallest) / SIDE_MULTIPLE);
  const advice = largestCrop > 0
    ? `Lower crop to ${largestCrop}.`
    : `The least crop is ${SIDE_MULTIPLE}, so frames must have at least ${SIDE_MULTIPLE}x${SIDE_MULTIPLE} pixels: ` +
      `enlarge these, leave their source out of download.sources, or set real_share to 0.`;
  throw new Error(
    `Cannot crop ${crop.width}x${crop.height} from ${name} of ${dataset}, which is ${width}x${height}: ` +
      `${tooSmall.length} of ${pairs.length} ${source} pairs are too small. ${advice}`,
  );
}
