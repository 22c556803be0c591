/**
 * Batches of pictures from 8-bit frames: the host hands over rows of bytes as they lie in a file, and the device crops,
 * mirrors and converts them.
 */
import code from "../../../kernels/compute/crop_frames.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { type Program, workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import { Tape, type Value } from "../tape.ts";

const crop = defineKernel("crop_frames", code, "crop", { reads: 3, writes: 1 });

/** One picture of a batch. */
export interface FrameCrop {
  /** [H, frame width, 3], as many whole rows of the frame as the picture has. */
  readonly rows: Uint8Array;
  readonly frameWidth: number;
  /** Column of the frame where the picture begins. */
  readonly left: number;
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
}

/** i / 255 rounded to float32, as every decoder of 8-bit pictures on the host gives it. */
const FRACTIONS = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
const WORDS_PER_CROP = 4;

export class FrameCrops {
  readonly #gpu: Gpu;
  readonly #images: Value;
  readonly #frames: Storage;
  readonly #crops: Storage;
  readonly #program: Program;
  /** Bytes of the buffer that each picture's rows take. */
  readonly #room: number;

  private constructor(
    gpu: Gpu,
    images: Value,
    storages: { frames: Storage; crops: Storage },
    program: Program,
    room: number,
  ) {
    this.#gpu = gpu;
    this.#images = images;
    this.#frames = storages.frames;
    this.#crops = storages.crops;
    this.#program = program;
    this.#room = room;
  }

  /**
   * @param images a persistent value [N, 3, H, W] that run() fills; H * W must be a multiple of 4
   * @param largestWidth of all frames that will come, in pixels
   */
  static async create(gpu: Gpu, images: Value, largestWidth: number): Promise<FrameCrops> {
    const [n, , height, width] = images.shape;
    const room = Math.ceil(3 * largestWidth * height / 4) * 4;
    const frames = persistentStorage(gpu, "frames of a batch", n * room);
    const crops = persistentStorage(gpu, "crops of a batch", 4 * WORDS_PER_CROP * n);
    const fractions = persistentStorage(gpu, "bytes as fractions", FRACTIONS);
    const tape = new Tape(gpu);
    tape.dispatch(crop, {
      params: [n * height * width, height, width],
      reads: [frames, crops, fractions],
      writes: [images.storage],
      workgroups: workgroupsFor(n * height * width, 64),
    });
    return new FrameCrops(gpu, images, { frames, crops }, await tape.finish(), room);
  }

  /**
   * Submits one batch; returns before it is done.
   * @param pictures as many as the batch has
   * @throws {Error} when their number is another one, rows are missing, or a picture does not lie in its frame
   */
  run(pictures: readonly FrameCrop[]): void {
    const [n, , height, width] = this.#images.shape;
    const { queue } = this.#gpu.device;
    if (pictures.length !== n) {
      throw new Error(`Cannot crop a batch of ${n} pictures: ${pictures.length} are given.`);
    }
    const list = new Uint32Array(WORDS_PER_CROP * n);
    pictures.forEach(({ rows, frameWidth, left, mirrorX, mirrorY }, index) => {
      const bytes = 3 * frameWidth * height;
      if (rows.length !== bytes || bytes > this.#room || left < 0 || left + width > frameWidth) {
        throw new Error(
          `Cannot crop picture ${index} of a batch: ${width} columns from ${left} on of ${height} ` +
            `rows of ${frameWidth} pixels are wanted, ${rows.length} bytes are given, and there is ` +
            `room for ${this.#room}.`,
        );
      }
      queue.writeBuffer(this.#frames.buffer!, index * this.#room, rows as BufferSource);
      list.set(
        [index * this.#room + 3 * left, 3 * frameWidth, Number(mirrorX), Number(mirrorY)],
        WORDS_PER_CROP * index,
      );
    });
    queue.writeBuffer(this.#crops.buffer!, 0, list);
    this.#program.run();
  }
}
