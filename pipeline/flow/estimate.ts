/**
 * Flow between two pictures of any size, by a trained network that looks at them from coarse to fine and, if asked for, steps of
 * minimisation that go on from its flow; both are sharpened where motion changes. What does not fit into the device at once is
 * estimated in tiles.
 */
import type { Picture } from "../common/io/picture_file.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import type { Model } from "../compute/network/model_file.ts";
import { Predictor } from "../compute/network/predict.ts";
import type { FlowPair } from "../direct/direct.ts";
import { coarseLook } from "./coarse_look.ts";
import { refineFlow } from "./refinement.ts";
import { inTiles, type PicturePair, type TiledFlows } from "./in_tiles.ts";
import { looksOf, looksWork, takeLooks } from "./looks.ts";
import { Sharpener } from "./sharpen.ts";
import type { Tiling } from "./tiles.ts";

/** The network's values take 700 to 900 bytes a pixel, at any width; 1920 x 1080 is estimated at once. */
const LARGEST_AREA = 2 ** 21;
/** Sharpening takes about as long as so many looks at scale 1. */
const SHARPENING = 2.5;
/** Steps of minimisation hold gradients as well. */
const REFINED_SHARE = 1 / 2;
const MOST_STEPS = 100_000;

export interface FlowOptions {
  /**
   * Of the last look, above 0 and at most 4: the pictures are resized by it before they enter the network, whose sides are
   * multiples of 64. Unless given, 2, or as far towards it as the pictures are estimated at once, and 1 at least.
   */
  readonly scale?: number;
  /**
   * Looks of the network at most, each at twice the scale of the one before: long motion comes within reach at the coarsest, short
   * motion shows best at the finest. It looks at what the flow so far leaves over and, up to scale 1, at the pictures themselves,
   * which find what a coarser look mistook; that flow is kept which brings frame 2 nearest to frame 1 by photometricError().
   * Unless given, as many as leave the shorter side 32 pixels at the first one.
   */
  readonly looks?: number;
  /** Whether flows are sharpened where motion changes, the network's and the refined; true unless given. */
  readonly sharpen?: boolean;
  /** Steps of minimisation that go on from the network's flow; 0 unless given. */
  readonly refine?: number;
  /** Pixels, as the network sees them, that are estimated at once at most; 2^21 unless given, half of it refined. */
  readonly largestArea?: number;
  /** Told how much is done, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface Flow {
  readonly width: number;
  readonly height: number;
  /** [H, W, 2]: how far a pixel of frame 1 has moved in frame 2, u to the right and v down, in pixels. */
  readonly forward: Float32Array;
  /** [H, W, 2]: how far a pixel of frame 2 lies from its place in frame 1. */
  readonly backward: Float32Array;
  /** Of the looks that brought the frames nearer to each other, from coarse to fine. */
  readonly scales: readonly number[];
  /** How the pictures were cut, for refinement if there was any; a single tile of their size in most cases. */
  readonly tiling: Tiling;
  /** Whether the pictures are the same, pixel for pixel: then nothing moves, and the flow is what is left of the network's error. */
  readonly identical: boolean;
}

/** For one model and many pairs: programs are recorded once for each size. */
export class FlowEstimator {
  readonly #gpu: Gpu;
  readonly #predictor: Predictor;
  readonly #sharpener: Sharpener;

  constructor(gpu: Gpu, model: Model) {
    this.#gpu = gpu;
    this.#sharpener = new Sharpener(gpu);
    this.#predictor = Predictor.of(gpu, model);
  }

  /**
   * @param frame1 of 2 x 2 pixels or more
   * @param frame2 of the same size
   * @throws {Error} when the sizes differ or are too small, or an option is none
   * @throws {Error} when the network gives what is no number
   * @throws {TooLargeError} when not even a small tile, or a band of rows, fits into the device
   */
  async estimate(frame1: Picture, frame2: Picture, options: FlowOptions = {}): Promise<Flow> {
    const { sharpen = true, refine = 0 } = options;
    checkOptions(options);
    const pair = pairOf(frame1, frame2);
    const area = options.largestArea ?? LARGEST_AREA;
    const looks = looksOf(pair, area, options);
    const refining = refine > 0 ? refinementWork(refine, sharpen) : 0;
    const work = looksWork(looks) + (sharpen ? SHARPENING : 0) + refining;
    const done = new Done(work, options.onProgress);
    if (sharpen) await this.#sharpener.prepare(pair);
    const { scales, ...found } = await takeLooks(
      pair,
      looks,
      (pair, scale) => this.#network(pair, { scale, area, done }),
    );
    let flows: TiledFlows = found;
    if (sharpen) flows = await this.#sharpen(done, pair, flows);
    if (refine > 0) flows = await this.#refine(pair, flows, refine, { ...options, sharpen, done });
    const identical = frame1.data.every((value, i) => value === frame2.data[i]);
    return { width: pair.width, height: pair.height, ...flows, scales, identical };
  }

  /**
   * Goes on from flows by steps of minimisation, as estimate() does where `refine` is given.
   * @param flows both directions, [H, W, 2] in pixels
   * @param steps 1 or more
   * @throws {Error} when the sizes differ or are too small, flows are not theirs, or an option is none
   * @throws {TooLargeError} when not even a small tile, or a band of rows, fits into the device
   */
  async refine(
    frame1: Picture,
    frame2: Picture,
    flows: FlowPair,
    steps: number,
    options: Pick<FlowOptions, "sharpen" | "largestArea" | "onProgress"> = {},
  ): Promise<FlowPair> {
    const pair = pairOf(frame1, frame2);
    checkWhole("refine", steps, 1, MOST_STEPS, "steps");
    const { sharpen = true } = options;
    for (const flow of [flows.forward, flows.backward]) {
      if (flow.length === 2 * pair.width * pair.height && flow.every(Number.isFinite)) continue;
      throw new Error(
        `Cannot refine the flow: both directions must hold ${pair.width} x ${pair.height} x 2 numbers.`,
      );
    }
    const done = new Done(refinementWork(steps, sharpen), options.onProgress);
    const { forward, backward } = await this.#refine(pair, flows, steps, {
      ...options,
      sharpen,
      done,
    });
    return { forward, backward };
  }

  async #network(
    pair: PicturePair,
    { scale, area, done }: { scale: number; area: number; done: Done },
  ): Promise<TiledFlows> {
    const work = scale ** 2;
    const flows = await coarseLook(
      pair,
      scale,
      (pair, scale) =>
        inTiles(pair, { area, share: scale ** 2 }, async (part, before) => {
          const { frame1, frame2, width, height } = part;
          const flows = await this.#predictor.predict(frame1, frame2, width, height, { scale });
          done.part(work * (before + 1 / part.of));
          return flows;
        }),
    );
    done.whole(work);
    for (const flow of [flows.forward, flows.backward]) checkNumbers(flow);
    return flows;
  }

  async #refine(
    pair: PicturePair,
    { forward, backward }: FlowPair,
    steps: number,
    { sharpen, largestArea = LARGEST_AREA * REFINED_SHARE, done }:
      & Pick<FlowOptions, "largestArea">
      & { sharpen: boolean; done: Done },
  ): Promise<TiledFlows> {
    const sizes = { area: largestArea, share: 1 };
    const flows = await inTiles(pair, sizes, async (part, before) => {
      const start = { forward: part.cut(forward), backward: part.cut(backward) };
      const named = { name: "the pictures", ...part };
      const onStep = (step: number) => done.part(steps * before + step / part.of);
      return await refineFlow(this.#gpu, named, start, steps, onStep);
    });
    done.whole(steps);
    return sharpen ? await this.#sharpen(done, pair, flows) : flows;
  }

  async #sharpen(done: Done, pair: PicturePair, flows: TiledFlows): Promise<TiledFlows> {
    const onProgress = (share: number) => done.part(SHARPENING * share);
    const sharp = await this.#sharpener.sharpened(pair, flows, onProgress);
    done.whole(SHARPENING);
    return { ...flows, ...sharp };
  }
}

/** In looks at scale 1; a step counts as one. */
const refinementWork = (steps: number, sharpen: boolean): number =>
  steps + (sharpen ? SHARPENING : 0);

function pairOf(frame1: Picture, frame2: Picture): PicturePair {
  checkFrames(frame1, frame2);
  const { width, height } = frame1;
  return { width, height, frame1: frame1.data, frame2: frame2.data };
}

/** How much of all work is done. */
class Done {
  readonly #all: number;
  readonly #tell?: (share: number) => void;
  #before = 0;

  constructor(all: number, tell?: (share: number) => void) {
    this.#all = all;
    this.#tell = tell;
  }

  /** Of what is being done. */
  part(work: number): void {
    const share = (this.#before + work) / this.#all;
    // Sums of the same numbers in another order.
    this.#tell?.(share > 1 - 1e-9 ? 1 : share);
  }

  /** Of what has ended. */
  whole(work: number): void {
    this.#before += work;
  }
}

/**
 * The flow between two pictures, in both directions.
 * @param model as loadModel() of mod.ts gives it
 * @param frame1 8-bit RGB, 2 x 2 pixels or more
 * @param frame2 of the same size
 * @throws {Error} as {@link FlowEstimator.estimate}; for many pairs, keep a FlowEstimator
 */
export async function estimateFlow(
  gpu: Gpu,
  model: Model,
  frame1: Picture,
  frame2: Picture,
  options: FlowOptions = {},
): Promise<Flow> {
  return await new FlowEstimator(gpu, model).estimate(frame1, frame2, options);
}

function checkNumbers(flow: Float32Array): void {
  if (flow.every(Number.isFinite)) return;
  throw new Error(
    "Cannot estimate the flow: the network gives what is no number. Its weights are spoiled: take another model.",
  );
}

function checkFrames(frame1: Picture, frame2: Picture): void {
  const sizeOf = ({ width, height }: Picture) => `${width} x ${height}`;
  if (sizeOf(frame1) !== sizeOf(frame2)) {
    throw new Error(
      `Cannot estimate the flow: the pictures must have one size, got ${sizeOf(frame1)} and ${
        sizeOf(frame2)
      }. ` +
        `Cut or resize one of them.`,
    );
  }
  for (const { width, height, data } of [frame1, frame2]) {
    if (data.length === 3 * width * height) continue;
    throw new Error(
      `Cannot estimate the flow: a picture of ${width} x ${height} pixels must hold 3 values for each, got ${data.length}.`,
    );
  }
  if (!(frame1.width >= 2 && frame1.height >= 2)) {
    throw new Error(
      `Cannot estimate the flow: pictures must have 2 x 2 pixels or more, got ${sizeOf(frame1)}.`,
    );
  }
}

function checkOptions({ scale = 1, looks = 1, refine = 0 }: FlowOptions): void {
  if (!(scale > 0 && scale <= 4)) {
    throw new Error(`Cannot estimate the flow: scale must be above 0 and at most 4, got ${scale}.`);
  }
  checkWhole("looks", looks, 1, 100, "looks");
  checkWhole("refine", refine, 0, MOST_STEPS, "steps");
}

function checkWhole(name: string, value: number, least: number, most: number, what: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(
    `Cannot estimate the flow: ${name} must be a whole number of ${what} from ${least} to ${most}, got ${value}.`,
  );
}
