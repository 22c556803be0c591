/**
 * What figures show of a pair, each as a picture of one size: frame, flow as colour, error as heat, occlusion, and the keys
 * to the colours. Large pictures are averaged down, small ones enlarged by a whole factor, so that their pixels stay sharp.
 */
import { flowToColour } from "../common/io/colour_wheel.ts";
import { areaResize, type Size, sizeWithin } from "../common/io/resize.ts";
import { PAPER, type Picture } from "./sheet.ts";

/** A pair and a flow of it; values of pixels whose truth is unknown are not looked at. */
export interface PanelInput extends Size {
  /** [H, W, 3] RGB */
  readonly frame1: Uint8Array;
  /** True flow [H, W, 2] in pixels */
  readonly flow?: Float32Array;
  /** [H, W], 1 where the true flow is known. */
  readonly valid?: Uint8Array;
  /** [H, W], 1 where frame 2 does not show the pixel. */
  readonly occluded?: Uint8Array;
}

const UNKNOWN = 96;

/** Draws the panels of one pair at one width. */
export class Panels {
  readonly #input: PanelInput;
  /** Before it is enlarged. */
  readonly #size: Size;
  readonly #factor: number;

  /** @param width panels are as wide or, where the pair is smaller, a whole multiple of it that still fits */
  constructor(input: PanelInput, width: number) {
    this.#input = input;
    this.#size = sizeWithin(input, width);
    this.#factor = Math.max(1, Math.floor(width / this.#size.width));
  }

  get size(): Size {
    return {
      width: this.#factor * this.#size.width,
      height: this.#factor * this.#size.height,
    };
  }

  frame(): Picture {
    const { values } = areaResize(this.#input.frame1, 3, this.#input, this.#size);
    return this.#enlarged(Uint8Array.from(values, Math.round));
  }

  /** @param flow [H, W, 2] in pixels @param maximum length at which colours saturate @param valid black elsewhere */
  flow(flow: Float32Array, maximum: number, valid?: Uint8Array): Picture {
    const small = areaResize(flow, 2, this.#input, this.#size, valid);
    const { width, height } = this.#size;
    return this.#enlarged(flowToColour(small.values, width, height, maximum, small.valid));
  }

  /** End-point errors by their heat; unknown truth is grey. @param maximum error that is white */
  error(predicted: Float32Array, maximum: number): Picture {
    const { valid } = this.#input;
    const errors = endPointErrors(predicted, this.#input.flow!);
    const small = areaResize(errors, 1, this.#input, this.#size, valid);
    return this.#painted((i) =>
      small.valid[i] ? heat(small.values[i] / maximum) : [UNKNOWN, UNKNOWN, UNKNOWN]
    );
  }

  /** Occluded pixels white, visible ones black, unknown ones grey. */
  occlusion(): Picture {
    const { occluded, valid } = this.#input;
    const small = areaResize(occluded!, 1, this.#input, this.#size, valid);
    return this.#painted((i) => {
      const value = small.valid[i] ? Math.round(255 * small.values[i]) : UNKNOWN;
      return [value, value, value];
    });
  }

  #painted(colour: (i: number) => ArrayLike<number>): Picture {
    return this.#enlarged(paint(this.#size, colour).data);
  }

  #enlarged(data: Uint8Array): Picture {
    const { width } = this.#size, factor = this.#factor;
    const large = this.size;
    return paint(large, (i) => {
      const x = Math.floor((i % large.width) / factor);
      const y = Math.floor(Math.floor(i / large.width) / factor);
      const at = 3 * (y * width + x);
      return data.subarray(at, at + 3);
    });
  }
}

/** The colour of every direction and length up to the maximum, as a disc. */
export function wheel({ width, height }: Size): Picture {
  const radius = Math.min(width, height) / 2 - 1;
  const flow = new Float32Array(2 * width * height);
  for (let i = 0; i < width * height; i++) {
    flow[2 * i] = ((i % width) - (width - 1) / 2) / radius;
    flow[2 * i + 1] = (Math.floor(i / width) - (height - 1) / 2) / radius;
  }
  const colours = flowToColour(flow, width, height, 1);
  return paint(
    { width, height },
    (i) =>
      flow[2 * i] ** 2 + flow[2 * i + 1] ** 2 <= 1
        ? colours.subarray(3 * i, 3 * i + 3)
        : [PAPER, PAPER, PAPER],
  );
}

/** Errors from 0 on the left to the maximum on the right. */
export function heatBar({ width, height }: Size): Picture {
  return paint({ width, height }, (i) => heat((i % width) / (width - 1)));
}

/** From black over red and yellow to white. @param share of the maximum; 1 and more are white */
function heat(share: number): number[] {
  const level = 3 * Math.min(1, share);
  return [0, 1, 2].map((channel) => Math.round(255 * Math.min(1, Math.max(0, level - channel))));
}

/** @param predicted, truth [H, W, 2] @returns [H, W] in pixels */
export function endPointErrors(predicted: Float32Array, truth: Float32Array): Float32Array {
  return Float32Array.from({ length: truth.length / 2 }, (_, i) => {
    const du = predicted[2 * i] - truth[2 * i], dv = predicted[2 * i + 1] - truth[2 * i + 1];
    return Math.sqrt(du * du + dv * dv);
  });
}

function paint({ width, height }: Size, colour: (i: number) => ArrayLike<number>): Picture {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data.set(colour(i), 3 * i);
  return { width, height, data };
}
