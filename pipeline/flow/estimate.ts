/**
 * Flow between two pictures of any size, by a trained network and, if asked for, steps of minimisation that go on from its
 * flow. What does not fit into the device at once is estimated in tiles.
 */
import type { Picture } from "../common/io/picture_file.ts";
import { type Gpu, TooLargeError } from "../compute/gpu/device.ts";
import type { Model } from "../compute/network/model_file.ts";
import { Predictor } from "../compute/network/predict.ts";
import { solveDirectly } from "../direct/direct.ts";
import { refiningSettings } from "./refinement.ts";
import { cutTile, TiledFlow, type Tiling, tilingOf } from "./tiles.ts";

/** The network's values take 700 to 900 bytes a pixel, at any width; 1920 x 1080 is estimated at once. */
const LARGEST_AREA = 2 ** 21;
/** A tile that does not fit either is not made smaller. */
const SMALLEST_AREA = 128 * 128;
/** Steps of minimisation hold gradients as well. */
const REFINED_SHARE = 1 / 2;

export interface FlowOptions {
  /**
   * Resizes the pictures before they enter the network, whose sides are multiples of 64: below 1 long motion comes within its
   * reach and less memory is needed, above 1 it sees small things better. 1 unless given.
   */
  readonly scale?: number;
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
  /** How the pictures were cut; a single tile of their size in most cases. */
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
    const { scale = 1, refine = 0 } = options;
    checkFrames(frame1, frame2);
    checkOptions(scale, refine);
    // Pixels of the picture in pixels of what works on it: the cost sees the pictures at their own size.
    const share = refine > 0 ? Math.max(1, scale ** 2) : scale ** 2;
    let area = options.largestArea ?? LARGEST_AREA * (refine > 0 ? REFINED_SHARE : 1);
    for (;;) {
      const tiling = tilingOf(frame1, area / share);
      try {
        return await this.#estimate(frame1, frame2, tiling, options);
      } catch (error) {
        const { width, height } = tiling.tile;
        area = Math.min(area, width * height * share) / 2;
        if (!(error instanceof TooLargeError) || area < SMALLEST_AREA) throw error;
      }
    }
  }

  async #estimate(
    frame1: Picture,
    frame2: Picture,
    tiling: Tiling,
    { scale = 1, refine = 0, onProgress }: FlowOptions,
  ): Promise<Flow> {
    const size = { width: frame1.width, height: frame1.height };
    const { tile, corners } = tiling;
    const forward = new TiledFlow(size, tiling), backward = new TiledFlow(size, tiling);
    // The network counts as one step.
    const steps = corners.length * (1 + refine);
    let done = 0;
    const tell = (count: number) => onProgress?.((done += count) / steps);
    for (const corner of corners) {
      const part1 = cutTile(frame1.data, 3, size, tile, corner);
      const part2 = cutTile(frame2.data, 3, size, tile, corner);
      let flows = await this.#predictor.predict(part1, part2, tile.width, tile.height, { scale });
      tell(1);
      if (refine > 0) {
        const pair = { name: "the pictures", ...tile, frame1: part1, frame2: part2 };
        [flows] = await solveDirectly(this.#gpu, [pair], refiningSettings(refine), {
          start: [flows],
          onStep: () => tell(1),
        });
      }
      forward.add(flows.forward, corner);
      backward.add(flows.backward, corner);
    }
    const flows = { forward: forward.flow(), backward: backward.flow() };
    checkNumbers(flows.forward);
    checkNumbers(flows.backward);
    const identical = frame1.data.every((value, i) => value === frame2.data[i]);
    return { ...size, ...flows, tiling, identical };
  }
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

function checkOptions(scale: number, refine: number): void {
  if (!(scale > 0 && scale <= 4)) {
    throw new Error(`Cannot estimate the flow: scale must be above 0 and at most 4, got ${scale}.`);
  }
  if (!(Number.isInteger(refine) && refine >= 0 && refine <= 100_000)) {
    throw new Error(
      `Cannot estimate the flow: refine must be a whole number of steps from 0 to 100000, got ${refine}.`,
    );
  }
}
