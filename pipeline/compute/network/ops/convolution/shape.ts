/** Sizes of one convolution. */
import { slotCount } from "../../../gpu/layout.ts";
import type { Parameter } from "../../../parameters.ts";
import type { Value } from "../../../tape.ts";

/** One convolution: its operands and sizes. Slots count vec4 per pixel. */
export interface Convolution {
  readonly input: Value;
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inputSlots: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputSlots: number;
  /** Taps of the weight, 1 or 9. */
  readonly taps: number;
  /** Side of the square of taps that meet the picture: 1 also where the dilation reaches beyond all of it. */
  readonly kernel: number;
  /** The first of these taps. */
  readonly firstTap: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  readonly leakyRelu: boolean;
  /** What the output gets added. */
  readonly plus?: Value;
}

export interface ConvolutionOptions {
  readonly stride?: number;
  readonly dilation?: number;
  readonly leakyRelu?: boolean;
  /** Added to the output of a convolution without activation, whose shape and segments it has. */
  readonly plus?: Value;
}

/**
 * Checks that the operands fit each other.
 * @throws {Error} naming what does not fit, with both values
 */
export function describeConvolution(
  input: Value,
  weight: Parameter,
  bias: Parameter,
  options: ConvolutionOptions,
): Convolution {
  const { stride = 1, dilation = 1, leakyRelu = false, plus } = options;
  const [batch, channels, height, width] = input.shape;
  const [co, ci, side, otherSide] = weight.shape;
  const fail = (reason: string): never => {
    throw new Error(`Cannot convolve ${input.label} with ${weight.name}: ${reason}.`);
  };
  if (channels !== ci || input.segments.join() !== weight.inputSegments.join()) {
    fail(
      `the weight takes ${ci} channels in segments [${weight.inputSegments}], ` +
        `the input has ${channels} in segments [${input.segments}]`,
    );
  }
  if (side !== otherSide || (side !== 1 && side !== 3)) {
    fail(`the kernel must be 1x1 or 3x3, got ${side}x${otherSide}`);
  }
  if (bias.shape[0] !== co) {
    fail(`bias ${bias.name} has ${bias.shape[0]} channels, the weight gives ${co}`);
  }
  if (stride !== 1 && stride !== 2) fail(`the stride must be 1 or 2, got ${stride}`);
  if (!Number.isInteger(dilation) || dilation < 1) {
    fail(`the dilation must be a whole number of at least 1, got ${dilation}`);
  }
  const outputHeight = Math.ceil(height / stride), outputWidth = Math.ceil(width / stride);
  if (plus) {
    const shape = [batch, co, outputHeight, outputWidth];
    if (plus.shape.join() !== shape.join() || plus.segments.join() !== `${co}`) {
      fail(
        `${plus.label}, which is to be added, must be [${shape}] in segments [${co}], ` +
          `got [${plus.shape}] in segments [${plus.segments}]`,
      );
    }
    if (leakyRelu) {
      fail(`${plus.label} can be added to a convolution without LeakyReLU alone: leave out one`);
    }
  }
  const centreOnly = side === 1 || dilation >= Math.max(height, width);
  return {
    input,
    weight,
    bias,
    batch,
    height,
    width,
    inputSlots: slotCount(input.segments) / 4,
    outputHeight,
    outputWidth,
    outputSlots: slotCount([co]) / 4,
    taps: side ** 2,
    kernel: centreOnly ? 1 : 3,
    firstTap: centreOnly && side === 3 ? 4 : 0,
    stride,
    dilation,
    padding: centreOnly ? 0 : dilation,
    leakyRelu,
    plus,
  };
}
