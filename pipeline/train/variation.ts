/**
 * What is drawn for the pairs of a batch beside their crops: looks, and what the second and the occlusion pass need. All of it follows
 * from the seed and the place of a pair among those drawn, so a resumed run goes on with the same.
 */
import type { Rng } from "../common/rng.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import type { Look } from "../compute/ops/appearance.ts";
import { Tape } from "../compute/tape.ts";
import { type AugmentationSettings, drawLooks, drawNoise } from "./augmentation.ts";
import type { Sample } from "./sampler.ts";
import type { DrawnInputs } from "./step.ts";
import { drawThetas, type TransformSettings } from "./transforms.ts";

export interface VariationSettings {
  /** Height and width of the pictures. */
  readonly height: number;
  readonly width: number;
  /** Given where the trainer has looks. */
  readonly augmentation?: AugmentationSettings;
  /** Given where it has transforms. */
  readonly secondPass?: TransformSettings & { readonly noise: number };
  /** Height and width of the parts of the occlusion pass; given where the trainer has one. */
  readonly occlusionPass?: { readonly height: number; readonly width: number };
}

export class Variation {
  readonly #tape: Tape;
  readonly #drawn: DrawnInputs;
  readonly #settings: VariationSettings;
  readonly #rng: Rng;

  /** @param drawn the trainer's, which write() fills */
  constructor(gpu: Gpu, drawn: DrawnInputs, settings: VariationSettings, rng: Rng) {
    this.#tape = new Tape(gpu);
    this.#drawn = drawn;
    this.#settings = settings;
    this.#rng = rng;
  }

  /** For the next run of the trainer. @param samples the pairs of its batch */
  write(samples: readonly Pick<Sample, "drawn">[]): void {
    const { looks, noise, transforms, parts } = this.#drawn;
    const { augmentation, secondPass, occlusionPass, height, width } = this.#settings;
    const rngs = (what: string) =>
      samples.map(({ drawn }) => this.#rng.fork(`${what} of ${drawn}`));
    if (looks && augmentation) {
      looks.write(framesInOrder(rngs("look").map((rng) => drawLooks(rng, augmentation))));
    }
    if (noise && secondPass) {
      noise.write(framesInOrder(rngs("noise").map((rng) => drawNoise(rng, secondPass.noise))));
    }
    if (transforms && secondPass) {
      const thetas = rngs("transform").map((rng) => drawThetas(rng, secondPass, this.#settings));
      const first = thetas.flatMap((pair) => pair.first);
      const second = thetas.flatMap((pair) => pair.second);
      this.#tape.write(transforms.both, [...first, ...second]);
      this.#tape.write(transforms.first, first);
      this.#tape.write(transforms.second, second);
    }
    if (parts && occlusionPass) {
      const drawn = rngs("part").map((rng) => ({
        left: rng.integer(width - occlusionPass.width + 1),
        top: rng.integer(height - occlusionPass.height + 1),
        key: rng.uint32(),
      }));
      parts.places.set(drawn);
      parts.keys.set(drawn.map(({ key }) => key));
    }
  }
}

/** First frames of all pairs, then second ones. */
function framesInOrder(pairs: readonly [Look, Look][]): Look[] {
  return [...pairs.map(([first]) => first), ...pairs.map(([, second]) => second)];
}
