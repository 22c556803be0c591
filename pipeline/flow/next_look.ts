/**
 * The next look at two pictures whose flow is roughly known. Frame 2 is warped back by that flow; what then is left to be found is
 * short, and a network finds short motion best. Its errors of the first time are, in part, motion to be found, too.
 */
import type { PicturePair } from "./in_tiles.ts";
import { photometricError } from "./photometric_error.ts";
import { bilinear } from "./sampling.ts";

/** From one picture to the other: of the flows found for it, the one that brings them nearest to each other. */
export class Direction {
  readonly #pair: PicturePair;
  #flow: Float32Array | undefined;
  /** Of the flow; absent as long as there is nothing to compare it with. */
  #error: number | undefined;
  /** Of the looks that brought them nearer. */
  readonly scales = new Set<number>();

  constructor(pair: PicturePair) {
    this.#pair = pair;
  }

  /** [H, W, 2] in pixels. @throws {Error} before there is one */
  get flow(): Float32Array {
    if (!this.#flow) throw new Error("Cannot give a flow before the first look.");
    return this.#flow;
  }

  /** Keeps a flow if it is the first or better. @param scale of the look that gave it */
  take(flow: Float32Array, scale: number): void {
    if (this.#flow) {
      this.#error ??= photometricError(this.#pair, this.#flow);
      const error = photometricError(this.#pair, flow);
      if (!(error < this.#error)) return;
      this.#error = error;
    }
    this.#flow = flow;
    this.scales.add(scale);
  }

  /** What is left to be found: frame 2 is warped back. */
  remaining(): PicturePair {
    return { ...this.#pair, frame2: warpedBack(this.#pair, this.flow) };
  }

  /** As take(), of the flow together with what is left. @param rest [H, W, 2], as found in remaining() */
  takeRest(rest: Float32Array, scale: number): void {
    this.take(withRest(this.flow, rest, this.#pair), scale);
  }
}

/** Frame 2 warped back, [H, W, 3]: where the flow is right and nothing is hidden, it shows what frame 1 shows. */
export function warpedBack(
  { frame2, width, height }: PicturePair,
  flow: Float32Array,
): Uint8Array {
  const level = bilinear(frame2, 3, { width, height });
  const warped = new Uint8Array(frame2.length);
  for (let i = 0; i < width * height; i++) {
    const x = i % width + flow[2 * i], y = Math.floor(i / width) + flow[2 * i + 1];
    for (let channel = 0; channel < 3; channel++) {
      warped[3 * i + channel] = Math.round(level(x, y, channel));
    }
  }
  return warped;
}

/**
 * The flow from frame 1 to frame 2, out of the flow that frame 2 was warped back by and the one that was left.
 * @param rest [H, W, 2], from frame 1 to the warped frame: what frame 1 has at x, frame 2 has at x + rest(x) + flow(x + rest(x))
 */
export function withRest(
  flow: Float32Array,
  rest: Float32Array,
  { width, height }: PicturePair,
): Float32Array {
  const between = bilinear(flow, 2, { width, height });
  return rest.map((component, k) => {
    const pixel = k >> 1;
    const x = pixel % width + rest[2 * pixel];
    const y = Math.floor(pixel / width) + rest[2 * pixel + 1];
    return component + between(x, y, k & 1);
  });
}
