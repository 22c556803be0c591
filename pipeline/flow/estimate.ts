/**
 * Flow between two pictures of any size, by a trained network that looks twice and, if asked for, steps of minimisation that go
 * on from its flow. What does not fit into the device at once is estimated in tiles.
 */
import type { Picture } from "../common/io/picture_file.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import type { Model } from "../compute/network/model_file.ts";
import type { Size } from "../common/io/resize.ts";
import { Predictor } from "../compute/network/predict.ts";
import { SIDE_MULTIPLE } from "../compute/network/pwclite.ts";
import { type FlowPair, solveDirectly } from "../direct/direct.ts";
import { photometricError } from "./photometric_error.ts";
import { refiningSettings } from "./refinement.ts";
import { inTiles, type PicturePair, type TiledFlows } from "./in_tiles.ts";
import { warpedBack, withRest } from "./second_look.ts";
import type { Tiling } from "./tiles.ts";

/** The network's values take 700 to 900 bytes a pixel, at any width; 1920 x 1080 is estimated at once. */
const LARGEST_AREA = 2 ** 21;
/** Steps of minimisation hold gradients as well. */
const REFINED_SHARE = 1 / 2;
/** Tried where no scale is given. */
const SCALES = [1, 1 / 2, 1 / 4];
/** What is left after the first look is short, and shows best enlarged. */
const LARGEST_LOOK = 2;

export interface FlowOptions {
  /**
   * Resizes the pictures before they enter the network, whose sides are multiples of 64: below 1 long motion comes within its
   * reach and less memory is needed, above 1 it sees small things better. Unless given, 1, 1/2 and 1/4 are tried, as far as
   * sides of 64 pixels are left, and that is taken whose flow brings frame 2 nearest to frame 1 by photometricError(): on
   * generated scenes with motion up to 48 and 96 px nearly always the one with the least error.
   */
  readonly scale?: number;
  /**
   * Looks of the network at what its flow leaves over, each taken where it brings frame 2 nearer to frame 1; 1 unless given. They
   * are at the given scale, else at 2 or as far towards it as the pictures are estimated at once. On generated scenes, one look
   * leaves 0.7 of the error, a second one little less.
   */
  readonly looks?: number;
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
  /** [H, W, 2]: where the pixel of frame 1 lies in frame 2, u to the right and v down, in pixels. */
  readonly forward: Float32Array;
  /** [H, W, 2]: where the pixel of frame 2 lies in frame 1. */
  readonly backward: Float32Array;
  /** At which the network saw the pictures first. */
  readonly scale: number;
  /** At which it looked again; absent where it did not, or nothing came of it. */
  readonly secondScale?: number;
  /** How the pictures were cut, for refinement if there was any; a single tile of their size in most cases. */
  readonly tiling: Tiling;
  /** Whether the pictures are the same, pixel for pixel: then nothing moves, and the flow is the network's error. */
  readonly identical: boolean;
}

/** For one model and many pairs: programs are recorded once for each size. */
export class FlowEstimator {
  readonly #gpu: Gpu;
  readonly #predictor: Predictor;

  constructor(gpu: Gpu, model: Model) {
    this.#gpu = gpu;
    this.#predictor = Predictor.of(gpu, model);
  }

  /**
   * @param frame1 of 2 x 2 pixels or more
   * @param frame2 of the same size
   * @throws {Error} when the sizes differ or are too small, or an option is none
   * @throws {Error} when the network gives what is no number
   * @throws {TooLargeError} when not even a small tile fits into the device
   */
  async estimate(frame1: Picture, frame2: Picture, options: FlowOptions = {}): Promise<Flow> {
    const { scale, looks = 1, refine = 0 } = options;
    checkFrames(frame1, frame2);
    checkOptions({ scale: scale ?? 1, looks, refine });
    const { width, height } = frame1;
    const pair = { width, height, frame1: frame1.data, frame2: frame2.data };
    const scales = scale === undefined ? scalesFor(frame1) : [scale];
    const area = options.largestArea ?? LARGEST_AREA;
    const lookScale = scale ?? lookScaleFor(pair, area);
    const networks = [...scales, ...new Array<number>(2 * looks).fill(lookScale)];
    // A step of refinement counts as the network at scale 1.
    const done = new Done(
      networks.reduce((sum, scale) => sum + scale ** 2, refine),
      options.onProgress,
    );

    let best: TiledFlows & { scale: number; error: number } | undefined;
    for (const scale of scales) {
      const flows = await this.#network(pair, { scale, area, done });
      const error = scales.length > 1 ? photometricError(pair, flows.forward) : 0;
      if (best === undefined || error < best.error) best = { ...flows, scale, error };
    }
    let { forward, backward, tiling } = best!;
    let secondScale: number | undefined;
    const lookAgain = async (pair: PicturePair, flow: Float32Array) => {
      const seen = { ...pair, frame2: warpedBack(pair, flow) };
      const rest = await this.#network(seen, { scale: lookScale, area, done });
      const next = withRest(flow, rest.forward, pair);
      if (!(photometricError(pair, next) < photometricError(pair, flow))) return flow;
      ({ tiling } = rest);
      secondScale = lookScale;
      return next;
    };
    const turned = { ...pair, frame1: pair.frame2, frame2: pair.frame1 };
    for (let look = 0; look < looks; look++) {
      forward = await lookAgain(pair, forward);
      backward = await lookAgain(turned, backward);
    }
    if (refine > 0) {
      const area = options.largestArea ?? LARGEST_AREA * REFINED_SHARE;
      ({ forward, backward, tiling } = await this.#refine(pair, { forward, backward }, {
        steps: refine,
        area,
        done,
      }));
    }
    return {
      width,
      height,
      forward,
      backward,
      scale: best!.scale,
      ...secondScale === undefined ? {} : { secondScale },
      tiling,
      identical: frame1.data.every((value, i) => value === frame2.data[i]),
    };
  }

  async #network(
    pair: PicturePair,
    { scale, area, done }: { scale: number; area: number; done: Done },
  ): Promise<TiledFlows> {
    const share = scale ** 2;
    const flows = await inTiles(pair, { area, share }, async (part, before) => {
      const { frame1, frame2, width, height } = part;
      const flows = await this.#predictor.predict(frame1, frame2, width, height, { scale });
      done.part(share * (before + 1 / part.of));
      return flows;
    });
    done.whole(share);
    for (const flow of [flows.forward, flows.backward]) checkNumbers(flow);
    return flows;
  }

  async #refine(
    pair: PicturePair,
    { forward, backward }: FlowPair,
    { steps, area, done }: { steps: number; area: number; done: Done },
  ): Promise<TiledFlows> {
    return await inTiles(pair, { area, share: 1 }, async (part, before) => {
      const start = { forward: part.cut(forward), backward: part.cut(backward) };
      const named = { name: "the pictures", ...part };
      const [flows] = await solveDirectly(this.#gpu, [named], refiningSettings(steps), {
        start: [start],
        onStep: (step) => done.part(steps * before + step / part.of),
      });
      return flows;
    });
  }
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
    this.#tell?.((this.#before + work) / this.#all);
  }

  /** Of what has ended. */
  whole(work: number): void {
    this.#before += work;
  }
}

/** Those that leave the shorter side as long as the network's least. */
function scalesFor({ width, height }: Size): number[] {
  return SCALES.filter((scale) => scale === 1 || scale * Math.min(width, height) >= SIDE_MULTIPLE);
}

/** The largest at which the pictures are estimated at once, in hundredths. */
function lookScaleFor({ width, height }: Size, area: number): number {
  const fitting = Math.floor(100 * Math.sqrt(area / (width * height))) / 100;
  return Math.min(LARGEST_LOOK, Math.max(1, fitting));
}

/**
 * The flow between two pictures, in both directions.
 * @param model as readModel() gives it
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

function checkOptions(
  { scale, looks, refine }: { scale: number; looks: number; refine: number },
): void {
  if (!(scale > 0 && scale <= 4)) {
    throw new Error(`Cannot estimate the flow: scale must be above 0 and at most 4, got ${scale}.`);
  }
  for (
    const [name, value, most, what] of [
      ["looks", looks, 100, "looks"],
      ["refine", refine, 100_000, "steps"],
    ] as const
  ) {
    if (Number.isInteger(value) && value >= 0 && value <= most) continue;
    throw new Error(
      `Cannot estimate the flow: ${name} must be a whole number of ${what} from 0 to ${most}, got ${value}.`,
    );
  }
}
