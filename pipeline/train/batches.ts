/** The batches of a training run, read ahead: what the trainer takes its pictures from. */
import { type FrameCrop, FrameCrops } from "../compute/ops/crop_frames.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import type { Value } from "../compute/tape.ts";
import type { Sampler } from "./sampler.ts";

/** Steps whose rows are read while the device is busy. */
const AHEAD = 2;

export class Batches {
  readonly #sampler: Sampler;
  readonly #crops: FrameCrops;
  readonly #reading = new Map<number, Promise<FrameCrop[]>>();

  private constructor(sampler: Sampler, crops: FrameCrops) {
    this.#sampler = sampler;
    this.#crops = crops;
  }

  /** @param images the trainer's, [2B, 3, H, W] */
  static async create(gpu: Gpu, sampler: Sampler, images: Value): Promise<Batches> {
    return new Batches(sampler, await FrameCrops.create(gpu, images, sampler.largestWidth));
  }

  /**
   * Submits the pictures of a step, counted from 0; a step that follows it is quick.
   * @throws {Error} when a frame cannot be read
   */
  async submit(step: number): Promise<void> {
    for (let next = step; next <= step + AHEAD; next++) {
      if (this.#reading.has(next)) continue;
      const pictures = this.#sampler.pictures(next);
      // Its error is thrown when its turn comes, or never, if the run ends before.
      pictures.catch(() => {});
      this.#reading.set(next, pictures);
    }
    const pictures = await this.#reading.get(step)!;
    this.#reading.delete(step);
    this.#crops.run(pictures);
  }

  /** Names of the pairs of a step, for errors. */
  names(step: number): string[] {
    return this.#sampler.samples(step).map(({ pair }) => pair.name);
  }
}
