/**
 * Sharpens flows where motion changes: pixels take the flow of those neighbours by which they match best, or a small change of their
 * own, and what then does not come back from the other picture, since it is hidden there or has left it, takes the flow of what
 * looks alike around it.
 */
import type { Size } from "../common/io/resize.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import type { Program } from "../compute/gpu/program.ts";
import { Tape } from "../compute/tape.ts";
import type { FlowPair } from "../direct/direct.ts";
import { compareDirections } from "./agreement.ts";
import type { PicturePair } from "./in_tiles.ts";
import { type BandOptions, Bands, type PictureOnDevice } from "./sharpening/bands.ts";
import { REACH, recordFeatures, recordPropagation } from "./sharpening/propagation.ts";
import { type Neighbourhood, recordWeightedMedians } from "./sharpening/weighted_median.ts";

/** Of what is seen in both pictures. */
export const NEAR: Neighbourhood = { radius: 3, step: 1, fading: Infinity, at: "everywhere" };
/** Of what is hidden: the nearest pixels that are not can be far. */
export const WIDE: Neighbourhood = { radius: 10, step: 2, fading: 7, at: "hidden" };
/** Of the border: beyond it there is nothing to match with, so that what ends there is filled. */
const NO_MARGIN = 0;
/** How much longer matching takes than filling. */
const MATCH = 7, FILL = 1;
const BOTH = 2 * (MATCH + FILL);

/** Programs for one direction. */
interface Direction {
  /** Propagates the flow, takes noise from it, and propagates it once more. */
  readonly match: Program;
  /** Fills in what is hidden. */
  readonly fill: Program;
}

interface Recorded {
  readonly size: Size;
  readonly bands: Bands;
  /** Makes features of the pictures. */
  readonly prepare: Program;
  readonly forward: Direction;
  readonly backward: Direction;
}

/** For many pairs: programs are recorded once as long as the size stays the same. */
export class Sharpener {
  readonly #gpu: Gpu;
  readonly #options: Omit<BandOptions, "reach">;
  #recorded?: Recorded;

  constructor(gpu: Gpu, options: Omit<BandOptions, "reach"> = {}) {
    this.#gpu = gpu;
    this.#options = options;
  }

  /**
   * Records the programs for pictures of a size beforehand, so that one that is too large is known before other work.
   * @throws {TooLargeError} when the device cannot hold a band of rows
   */
  async prepare(size: Size): Promise<void> {
    await this.#recordedFor(size);
  }

  /**
   * @param flows both directions, [H, W, 2] in pixels, of numbers
   * @param onProgress told how much is done, from 0 to 1, after each of two steps in each direction and each band of rows in it; a
   * promise that it returns is waited for
   * @returns as many
   * @throws {TooLargeError} when the device cannot hold a band of rows
   */
  async sharpened(
    pair: PicturePair,
    flows: FlowPair,
    onProgress?: (share: number) => unknown,
  ): Promise<FlowPair> {
    const { bands, prepare, forward, backward } = await this.#recordedFor(pair);
    // Another object than that of any other call, so that frames which have changed since are seen.
    const pictures = { ...pair };
    let done = 0;
    const run = async (program: Program, work: number, flow: Float32Array, hidden?: Uint8Array) => {
      const onRows = (share: number) => onProgress?.((done + work * share) / BOTH);
      const result = await bands.run({ prepare, program }, pictures, flow, { hidden, onRows });
      done += work;
      return result;
    };
    const there = await run(forward.match, MATCH, flows.forward);
    const back = await run(backward.match, MATCH, flows.backward);
    const hiddenIn = (flow: Float32Array, other: Float32Array) =>
      compareDirections(flow, other, pair.width, pair.height, NO_MARGIN).occluded;
    return {
      forward: await run(forward.fill, FILL, there, hiddenIn(there, back)),
      backward: await run(backward.fill, FILL, back, hiddenIn(back, there)),
    };
  }

  async #recordedFor(size: Size): Promise<Recorded> {
    const { width, height } = size;
    const last = this.#recorded;
    if (last?.size.width === width && last.size.height === height) return last;
    // What is of another size may go first.
    this.#recorded = undefined;
    return this.#recorded = await this.#record({ width, height });
  }

  async #record(size: Size): Promise<Recorded> {
    const gpu = this.#gpu;
    const reach = Math.max(2 * REACH + NEAR.radius, WIDE.radius + NEAR.radius);
    const bands = new Bands(gpu, size, { reach, ...this.#options });
    const program = async (record: (tape: Tape) => void) => {
      const tape = new Tape(gpu, { gradients: false });
      record(tape);
      return await tape.finish();
    };
    const direction = async (
      { features }: PictureOnDevice,
      other: PictureOnDevice,
    ): Promise<Direction> => ({
      match: await program((tape) => {
        recordPropagation(tape, bands, features, other.features);
        recordWeightedMedians(tape, bands, features, NEAR);
        recordPropagation(tape, bands, features, other.features);
      }),
      fill: await program((tape) => {
        recordWeightedMedians(tape, bands, features, WIDE);
        recordWeightedMedians(tape, bands, features, NEAR);
      }),
    });
    const [first, second] = bands.pictures;
    return {
      size,
      bands,
      prepare: await program((tape) => recordFeatures(tape, bands)),
      forward: await direction(first, second),
      backward: await direction(second, first),
    };
  }
}
