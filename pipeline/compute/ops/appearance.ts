/** Changed looks of the pictures of a batch: blur, colours, gamma and noise, each picture by its own look. */
import code from "../../../kernels/compute/appearance.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const change = defineKernel("appearance", code, "change", { reads: 2, writes: 1 });

/** A row of a colour matrix: of red, green, blue, and what is added. */
export type ColourRow = readonly [number, number, number, number];

/** How the look of one picture changes, in the order of the keys. */
export interface Look {
  /** σ in pixels, at most 1.5, since the kernel ends at 3 pixels; 0 leaves the picture sharp. */
  readonly blur: number;
  readonly colours: readonly [ColourRow, ColourRow, ColourRow];
  readonly gamma: number;
  /** σ of normal noise; 0 adds none. */
  readonly noise: number;
  /** Of the noise, a whole number below 2^24. */
  readonly seed: number;
}

/** Leaves a picture as it is, to the last bit. */
export const SAME_LOOK: Look = {
  blur: 0,
  colours: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]],
  gamma: 1,
  noise: 0,
  seed: 0,
};

const FLOATS = 16;

/** The looks of a batch on the device, set before each run. */
export class Looks {
  readonly #gpu: Gpu;
  readonly storage: Storage;
  readonly pictures: number;

  /** @param pictures of the batch; all keep their look until write() */
  constructor(gpu: Gpu, pictures: number) {
    this.#gpu = gpu;
    this.pictures = pictures;
    this.storage = persistentStorage(gpu, "looks of a batch", 4 * FLOATS * pictures);
    this.write(Array.from({ length: pictures }, () => SAME_LOOK));
  }

  /** @throws {Error} when there are not as many looks as pictures */
  write(looks: readonly Look[]): void {
    if (looks.length !== this.pictures) {
      throw new Error(
        `Cannot change the look of ${this.pictures} pictures: ${looks.length} looks are given.`,
      );
    }
    const list = looks.flatMap(({ colours, gamma, blur, noise, seed }) => [
      ...colours.flat(),
      ...[gamma, blur, noise, seed],
    ]);
    this.#gpu.device.queue.writeBuffer(this.storage.buffer!, 0, new Float32Array(list));
  }
}

/**
 * The pictures with their looks; without gradient.
 * @param pictures [N, 3, H, W] in [0, 1]
 * @returns [N, 3, H, W] in [0, 1]
 * @throws {Error} when there are not as many looks as pictures
 */
export function changeLooks(tape: Tape, pictures: Value, looks: Looks): Value {
  const [n, channels, height, width] = pictures.shape;
  if (channels !== 3 || looks.pictures !== n) {
    throw new Error(
      `Cannot change the look of ${pictures.label}: wanted are [${looks.pictures}, 3, H, W], got [${pictures.shape}].`,
    );
  }
  const output = tape.value(`${pictures.label}, changed`, pictures.shape);
  tape.dispatch(change, {
    params: [n * height * width, height, width],
    reads: [pictures.storage, looks.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(n * height * width, 64),
  });
  return output;
}
