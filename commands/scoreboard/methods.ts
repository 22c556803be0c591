/** What stands on the scoreboard: zero flow, OpenCV, and networks, alone, as `deno task flow` has them, and refined. */
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import type { Picture } from "../../pipeline/common/io/picture_file.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { Model } from "../../pipeline/compute/network/model_file.ts";
import { FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import type { FlowPair } from "../../pipeline/direct/direct.ts";

export interface TimedFlow {
  /** [H, W, 2] in pixels of the pair's size, frame 1 to frame 2. */
  readonly flow: Float32Array;
  /** Absent where nothing is computed. */
  readonly seconds?: number;
}

/** Of both directions, and the seconds that they took once programs are recorded. */
export interface TimedFlows {
  readonly flows: FlowPair;
  readonly seconds: number;
}

/** Predicts by a network, and refines what it predicts. */
export class NetworkMethods {
  readonly #predictor: Predictor;
  readonly #estimator: FlowEstimator;

  constructor(gpu: Gpu, model: Model) {
    this.#predictor = Predictor.of(gpu, model);
    this.#estimator = new FlowEstimator(gpu, model);
  }

  /**
   * As `deno task flow` does it, from coarse to fine, and sharpened.
   * @throws {TooLargeError} when the size does not fit into the device
   */
  async estimate(pair: FramePair): Promise<TimedFlows> {
    await this.#estimator.estimate(...picturesOf(pair), { sharpen: false });
    const start = performance.now();
    const flows = await this.#estimator.estimate(...picturesOf(pair));
    return { flows, seconds: (performance.now() - start) / 1000 };
  }

  /**
   * @param scale pictures are made smaller by it first
   * @throws {TooLargeError} when the size does not fit into the device
   */
  async predict({ frame1, frame2, width, height }: FramePair, scale: number): Promise<TimedFlows> {
    await this.#predictor.prepare(width, height, { scale });
    const start = performance.now();
    const flows = await this.#predictor.predict(frame1, frame2, width, height, { scale });
    return { flows, seconds: (performance.now() - start) / 1000 };
  }

  /** Goes on from an estimate as `deno task flow --refine` does it; its seconds are those of both. */
  async refine(
    pair: FramePair,
    { flows, seconds }: TimedFlows,
    steps: number,
  ): Promise<TimedFlow> {
    const start = performance.now();
    const { forward } = await this.#estimator.refine(...picturesOf(pair), flows, steps);
    return { flow: forward, seconds: seconds + (performance.now() - start) / 1000 };
  }
}

function picturesOf({ frame1, frame2, width, height }: FramePair): [Picture, Picture] {
  return [{ width, height, data: frame1 }, { width, height, data: frame2 }];
}
