/** Sizes of one convolution, and how they are handed to the kernels. */
import { slotCount } from "../../gpu/layout.ts";
import type { Param } from "../../gpu/program.ts";
import type { Parameter } from "../parameters.ts";
import type { Value } from "../tape.ts";

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
  /** Side of the kernel, 1 or 3. */
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  readonly leakyRelu: boolean;
}

export interface ConvolutionOptions {
  readonly stride?: number;
  readonly dilation?: number;
  readonly leakyRelu?: boolean;
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
  const { stride = 1, dilation = 1, leakyRelu = false } = options;
  const [batch, channels, height, width] = input.shape;
  const [co, ci, kernel, kernelWidth] = weight.shape;
  const fail = (reason: string): never => {
    throw new Error(`Cannot convolve ${input.label} with ${weight.name}: ${reason}.`);
  };
  if (channels !== ci || input.segments.join() !== weight.inputSegments.join()) {
    fail(
      `the weight takes ${ci} channels in segments [${weight.inputSegments}], ` +
        `the input has ${channels} in segments [${input.segments}]`,
    );
  }
  if (kernel !== kernelWidth || (kernel !== 1 && kernel !== 3)) {
    fail(`the kernel must be 1x1 or 3x3, got ${kernel}x${kernelWidth}`);
  }
  if (bias.shape[0] !== co) {
    fail(`bias ${bias.name} has ${bias.shape[0]} channels, the weight gives ${co}`);
  }
  if (stride !== 1 && stride !== 2) fail(`the stride must be 1 or 2, got ${stride}`);
  if (!Number.isInteger(dilation) || dilation < 1) {
    fail(`the dilation must be a whole number of at least 1, got ${dilation}`);
  }
  return {
    input,
    weight,
    bias,
    batch,
    height,
    width,
    inputSlots: slotCount(input.segments) / 4,
    outputHeight: Math.ceil(height / stride),
    outputWidth: Math.ceil(width / stride),
    outputSlots: slotCount([co]) / 4,
    kernel,
    stride,
    dilation,
    padding: (kernel - 1) / 2 * dilation,
    leakyRelu,
  };
}

/**
 * The params block of the direct kernels.
 * @param partial chunk length, chunk count, whether to keep the gradients of weight and bias; for dweight and dsum
 */
export function directParams(
  convolution: Convolution,
  partial: readonly Param[] = [0, 0, 0, 0],
): Param[] {
  const { weight, bias } = convolution;
  return [
    convolution.batch,
    convolution.height,
    convolution.width,
    convolution.inputSlots,
    convolution.outputHeight,
    convolution.outputWidth,
    convolution.outputSlots,
    convolution.kernel,
    convolution.stride,
    convolution.dilation,
    convolution.padding,
    convolution.leakyRelu ? 1 : 0,
    weight.offset / 4,
    bias.offset / 4,
    ...partial,
  ];
}
