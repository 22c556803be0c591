/** The batches of a training run, read ahead: what the trainer takes its pictures from. */
import { FrameCrops } from "../compute/ops/crop_frames.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import type { Value } from "../compute/tape.ts";
import type { SampledPicture, Sampler } from "./sampler.ts";
import type { Variation } from "./variation.ts";

/** Steps whose rows are read while the device is busy. */
const AHEAD = 2;

export class Batches {
  readonly #sampler: Sampler;
  readonly #crops: FrameCrops;
  readonly #variation?: Variation;
  readonly #reading = new Map<number, Promise<SampledPicture[]>>();

  private constructor(sampler: Sampler, crops: FrameCrops, variation?: Variation) {
    this.#sampler = sampler;
    this.#crops = crops;
    this.#variation = variation;
  }

  /**
   * @param images the trainer's, [2B, 3, H, W]
   * @param variation absent where nothing but the crops is drawn
   */
  static async create(
    gpu: Gpu,
    sampler: Sampler,
    images: Value,
    variation?: Variation,
  ): Promise<Batches> {
    const crops = await FrameCrops.create(gpu, images, sampler.largestWidth);
    return new Batches(sampler, crops, variation);
  }

  /**
   * Submits the pictures of a step of the sampler, counted from 0, and what is drawn for them; a step that follows it is quick.
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
    this.#sampler.giveBack(step, pictures);
    this.#variation?.write(this.#sampler.samples(step));
  }

  /** Names of the pairs of a step of the sampler, for errors. */
  names(step: number): string[] {
    return this.#sampler.samples(step).map(({ pair }) => pair.name);
  }
}
