/** Superpixels of the second frames replaced by noise: occlusion that follows edges (Liu et al., CVPR 2020, section 3.4). */
import code from "../../../kernels/compute/superpixel_noise.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const replace = defineKernel("superpixel_noise", code, "replace", { reads: 2, writes: 1 });
const LARGEST_BITS = 2 ** 32 - 1;

/** What the noise of each pair follows from; 0 until it is set. */
export class NoiseKeys {
  readonly #gpu: Gpu;
  readonly storage: Storage;

  constructor(gpu: Gpu, pairs: number) {
    this.#gpu = gpu;
    this.storage = persistentStorage(gpu, "keys of superpixels", new Uint32Array(pairs));
  }

  /** For the next runs. @param keys 32 bits each */
  set(keys: readonly number[]): void {
    this.#gpu.device.queue.writeBuffer(this.storage.buffer!, 0, new Uint32Array(keys));
  }
}

export interface SuperpixelSettings {
  /** About the side of a superpixel, in pixels. */
  readonly spacing: number;
  /** Of all superpixels, which are chosen by chance. */
  readonly share: number;
}

/**
 * @param pictures [2B, 3, H, W] in [0, 1], first frames, then second; without gradient
 * @returns [2B, 3, H, W]
 * @throws {Error} when a picture has other than three channels
 */
export function superpixelNoise(
  tape: Tape,
  pictures: Value,
  keys: NoiseKeys,
  { spacing, share }: SuperpixelSettings,
): Value {
  const [n, channels, height, width] = pictures.shape;
  if (channels !== 3) {
    throw new Error(
      `Cannot put noise into ${pictures.label}: wanted [2B, 3, H, W], got [${pictures.shape}].`,
    );
  }
  const output = tape.value(`${pictures.label}, partly noise`, pictures.shape);
  const pixels = n * height * width;
  tape.dispatch(replace, {
    params: [pixels, height, width, n / 2, spacing, Math.floor(share * LARGEST_BITS)],
    reads: [pictures.storage, keys.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(pixels, 64),
  });
  return output;
}
