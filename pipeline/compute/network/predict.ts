/**
 * Flow between two pictures by a trained network: resized to sides that the network takes, predicted, resized back.
 * One program for each size, recorded at its first use.
 */
import type { Gpu } from "../gpu/device.ts";
import type { Program } from "../gpu/program.ts";
import { describePwcLite, pwcLite, type PwcLiteSettings, SIDE_MULTIPLE } from "./pwclite.ts";
import type { Model } from "./model_file.ts";
import { Parameters } from "../parameters.ts";
import { resize } from "../ops/resize.ts";
import { Tape, type Value } from "../tape.ts";

interface Recorded {
  readonly tape: Tape;
  readonly program: Program;
  readonly images: Value;
  readonly flow: Value;
}

export interface PredictedFlow {
  /** [H, W, 2] in pixels of the given size, frame 1 to frame 2. */
  readonly forward: Float32Array;
  /** Frame 2 to frame 1. */
  readonly backward: Float32Array;
}

/** The side that the network works at: nearest multiple of 64 of the scaled side. */
function networkSide(side: number, scale: number): number {
  return Math.max(SIDE_MULTIPLE, SIDE_MULTIPLE * Math.round(side * scale / SIDE_MULTIPLE));
}

export class Predictor {
  readonly #gpu: Gpu;
  readonly #parameters: Parameters;
  readonly #settings: PwcLiteSettings;
  readonly #recorded = new Map<string, Recorded>();

  /** @param parameters as they are at the time of each prediction: those of a trainer, or loaded from a model */
  constructor(gpu: Gpu, parameters: Parameters, settings: PwcLiteSettings) {
    this.#gpu = gpu;
    this.#parameters = parameters;
    this.#settings = settings;
  }

  /** Of a model file: weights that stay as they are. */
  static of(gpu: Gpu, { settings, weights }: Model): Predictor {
    const parameters = new Parameters(gpu, describePwcLite(settings.width));
    parameters.write(weights);
    return new Predictor(gpu, parameters, settings);
  }

  /**
   * Predicts both directions.
   * @param frame1 [H, W, 3] RGB, 8 bit
   * @param frame2 the same
   * @param scale resizes the pictures before they enter the network, sides rounded to multiples of 64: by averages
   * below 1, bilinearly above, which shows the network motion that many times as long
   * @throws {TooLargeError} when the sizes do not fit into the device
   */
  async predict(
    frame1: Uint8Array,
    frame2: Uint8Array,
    width: number,
    height: number,
    { scale = 1 }: { scale?: number } = {},
  ): Promise<PredictedFlow> {
    for (const [name, frame] of Object.entries({ frame1, frame2 })) {
      if (frame.length !== 3 * width * height) {
        throw new Error(
          `Cannot predict the flow: ${name} must hold ${width} x ${height} x 3 values, got ${frame.length}.`,
        );
      }
    }
    const { tape, program, images, flow } = await this.#recordedFor(width, height, scale);
    const floats = 4 * width * height;
    const packed = new Float32Array(2 * floats);
    [frame1, frame2].forEach((frame, image) => {
      for (let pixel = 0, target = image * floats; pixel < width * height; pixel++, target += 4) {
        for (let channel = 0; channel < 3; channel++) {
          packed[target + channel] = frame[3 * pixel + channel] / 255;
        }
      }
    });
    tape.writePacked(images, packed);
    program.run();
    const values = await tape.read(flow);
    this.#gpu.check();
    const scales = [width / networkSide(width, scale), height / networkSide(height, scale)];
    const direction = (image: number) => {
      const out = new Float32Array(2 * width * height);
      for (let channel = 0; channel < 2; channel++) {
        const start = (2 * image + channel) * width * height;
        for (let pixel = 0; pixel < width * height; pixel++) {
          out[2 * pixel + channel] = values[start + pixel] * scales[channel];
        }
      }
      return out;
    };
    return { forward: direction(0), backward: direction(1) };
  }

  /**
   * Records the program for pictures of a size beforehand, so that one that is too large is known before other work.
   * @throws {TooLargeError} when the sizes do not fit into the device
   */
  async prepare(
    width: number,
    height: number,
    { scale = 1 }: { scale?: number } = {},
  ): Promise<void> {
    await this.#recordedFor(width, height, scale);
  }

  async #recordedFor(width: number, height: number, scale: number): Promise<Recorded> {
    const key = `${width}x${height} at ${scale}`;
    let recorded = this.#recorded.get(key);
    if (!recorded) this.#recorded.set(key, recorded = await this.#record(width, height, scale));
    return recorded;
  }

  async #record(width: number, height: number, scale: number): Promise<Recorded> {
    const tape = new Tape(this.#gpu, { gradients: false });
    const images = tape.persistent("images", [2, 3, height, width]);
    const input = resize(tape, images, networkSide(height, scale), networkSide(width, scale));
    const { flows } = pwcLite(tape, this.#parameters, input, this.#settings);
    const flow = tape.keep(resize(tape, flows[0], height, width));
    return { tape, program: await tape.finish(), images, flow };
  }
}
