/**
 * Two pictures on the device, and a field of flow that is worked at in bands of rows, since a device holds less than the host: with
 * as many rows on both sides as the work looks at, so that the result is the same for bands of any height.
 */
import type { Size } from "../../common/io/resize.ts";
import type { Gpu } from "../../compute/gpu/device.ts";
import { type Program, type Workgroups, workgroupsFor } from "../../compute/gpu/program.ts";
import { persistentStorage, readStorage, type Storage } from "../../compute/gpu/tensor.ts";
import type { PicturePair } from "../in_tiles.ts";

/** Of a band; 1920 x 1080 is one. */
const PIXELS_AT_ONCE = 2 ** 21;
/** Fewer would mostly be rows that are worked at twice. */
const LEAST_ROWS = 512;
/** Of a pixel: what it is compared by, and the most that work on a band keeps of it in one buffer. */
const FEATURE_BYTES = 8, WORKING_BYTES = 16;
/** As many as a dispatch has workgroups, one a row. */
const MOST_ROWS = 65535;
/** Work on a band is handed over in parts, since drivers end one that takes a GPU too long. */
const DISPATCHES_AT_ONCE = 64;
const WORKGROUP = 64;

export interface PictureOnDevice {
  /** One u32 for each pixel of the window, the colours in its lower three bytes. */
  readonly bytes: Storage;
  /** What pixels are compared by, two u32 for each, made from that. */
  readonly features: Storage;
}

export interface BandOptions {
  /** How many rows away the work looks at most. */
  readonly reach: number;
  /** Rows of the picture that are worked at together, which takes memory; about two million pixels unless given. */
  readonly rows?: number;
  /** Rows of the pictures that the device holds at most; as many as one of its buffers unless given. */
  readonly window?: number;
}

export class Bands {
  readonly size: Size;
  /** Rows of a band with those on both sides. */
  readonly rows: number;
  /** Rows of the pictures that are on the device: all, or those around the band, and nothing is seen of what lies beyond. */
  readonly window: number;
  readonly pictures: readonly [PictureOnDevice, PictureOnDevice];
  /** The row of the window where the band begins, a u32. */
  readonly place: Storage;
  /** Of the band, [rows, W, 2]. */
  readonly flow: Storage;
  /** Of the band, [rows, W]: u32 that is not 0 where a pixel is hidden. */
  readonly hidden: Storage;
  readonly #gpu: Gpu;
  readonly #reach: number;
  #pair?: PicturePair;
  /** Row of the pictures where the window begins. */
  #first?: number;

  /** @throws {TooLargeError} when the device cannot hold a band */
  constructor(gpu: Gpu, size: Size, { reach, rows, window }: BandOptions) {
    const { width, height } = this.size = size;
    this.#gpu = gpu;
    this.#reach = reach;
    const most = Math.floor(gpu.largestStorage / (WORKING_BYTES * width)) - 2 * reach;
    const wanted = rows ?? Math.max(LEAST_ROWS, Math.floor(PIXELS_AT_ONCE / width));
    const together = Math.max(1, Math.min(most, wanted, MOST_ROWS - 2 * reach));
    this.rows = Math.min(height, together + 2 * reach);
    const held = window ?? Math.floor(gpu.largestStorage / (FEATURE_BYTES * width));
    this.window = Math.min(height, MOST_ROWS, Math.max(held, this.rows));
    const picture = (name: string): PictureOnDevice => ({
      bytes: persistentStorage(gpu, `${name} picture`, 4 * width * this.window),
      features: persistentStorage(
        gpu,
        `features of the ${name} picture`,
        FEATURE_BYTES * width * this.window,
      ),
    });
    this.pictures = [picture("first"), picture("second")];
    this.place = persistentStorage(gpu, "place of a band", 4);
    this.flow = persistentStorage(gpu, "flow of a band", 8 * width * this.rows);
    this.hidden = persistentStorage(gpu, "hidden pixels of a band", 4 * width * this.rows);
  }

  /**
   * Runs a program that changes `flow`, band by band. Runs may overlap: each brings back what another has replaced.
   * @param programs `prepare` makes features of the pictures, when others or other rows of them have come onto the device
   * @param pair which is not changed as long as it is used
   * @param field [H, W, 2]
   * @param options.hidden [H, W], if the program reads it
   * @param options.onRows told which share of the rows is done, from 0 to 1, and waited for
   * @returns [H, W, 2]
   */
  async run(
    { prepare, program }: { prepare: Program; program: Program },
    pair: PicturePair,
    field: Float32Array,
    { hidden, onRows }: { hidden?: Uint8Array; onRows?: (share: number) => unknown } = {},
  ): Promise<Float32Array> {
    const { width, height } = this.size, { queue } = this.#gpu.device;
    const result = new Float32Array(field.length);
    for (let top = 0; top < height;) {
      const first = Math.min(Math.max(0, top - this.#reach), height - this.rows);
      const last = first + this.rows;
      const bottom = last === height ? height : last - this.#reach;
      const around = first - Math.floor((this.window - this.rows) / 2);
      const windowFirst = Math.min(Math.max(0, around), height - this.window);
      if (this.#write(pair, windowFirst)) prepare.run();
      queue.writeBuffer(this.place.buffer!, 0, Uint32Array.of(first - windowFirst));
      queue.writeBuffer(this.flow.buffer!, 0, field.slice(2 * width * first, 2 * width * last));
      if (hidden) {
        const ofBand = hidden.subarray(width * first, width * last);
        queue.writeBuffer(this.hidden.buffer!, 0, Uint32Array.from(ofBand));
      }
      for (let from = 0; from < program.kernels.length; from += DISPATCHES_AT_ONCE) {
        program.run(from, Math.min(program.kernels.length, from + DISPATCHES_AT_ONCE));
      }
      const flow = await readStorage(this.#gpu, this.flow);
      this.#gpu.check();
      result.set(
        flow.subarray(2 * width * (top - first), 2 * width * (bottom - first)),
        2 * width * top,
      );
      top = bottom;
      await onRows?.(top / height);
    }
    return result;
  }

  /** Brings the window there. @returns whether it was elsewhere, or of other pictures */
  #write(pair: PicturePair, first: number): boolean {
    if (this.#pair === pair && this.#first === first) return false;
    const start = this.size.width * first, count = this.size.width * this.window;
    for (const [index, frame] of [pair.frame1, pair.frame2].entries()) {
      const words = new Uint32Array(count);
      for (let i = 0, at = 3 * start; i < count; i++, at += 3) {
        words[i] = frame[at] | frame[at + 1] << 8 | frame[at + 2] << 16;
      }
      this.#gpu.device.queue.writeBuffer(this.pictures[index].bytes.buffer!, 0, words);
    }
    this.#pair = pair;
    this.#first = first;
    return true;
  }
}

/** Groups of 64 threads, one thread for each of `columns` in each of `rows`. */
export function workgroupsOf(columns: number, rows: number): Workgroups {
  return [workgroupsFor(columns, WORKGROUP)[0], rows, 1];
}
