/** Two-dimensional convolution with bias and an optional LeakyReLU (method, section 3). */
import { chooseConvolution } from "./convolution/choice.ts";
import {
  activationGradient,
  directForward,
  directInputGradient,
  directParameterGradients,
} from "./convolution/direct.ts";
import { type ConvolutionOptions, describeConvolution } from "./convolution/shape.ts";
import {
  winogradActivationGradient,
  winogradForward,
  winogradInputGradient,
  winogradParameterGradients,
} from "./convolution/winograd.ts";
import type { Parameter } from "./parameters.ts";
import type { Tape, Value } from "./tape.ts";

/**
 * out = act(bias + weight * input), zero padding (k - 1) / 2 * dilation, so that only the stride changes the size:
 * ceil(H / stride). act is LeakyReLU(0.1) where `leakyRelu` is set, else the identity.
 * The gradients of weight and bias go to the flat gradient buffer; those of a parameter used several times are summed.
 * @param input [N, ci, H, W], its segments those that the weight was declared with
 * @param weight [co, ci, k, k], k = 1 or 3
 * @param bias [co]
 * @param options stride 1 or 2 (default 1), dilation (default 1), leakyRelu (default false)
 * @returns [N, co, ceil(H / stride), ceil(W / stride)]
 * @throws {Error} when operands or options do not fit
 */
export function conv2d(
  tape: Tape,
  input: Value,
  weight: Parameter,
  bias: Parameter,
  options: ConvolutionOptions = {},
): Value {
  const convolution = describeConvolution(input, weight, bias, options);
  const { batch, outputHeight, outputWidth, leakyRelu } = convolution;
  const shape = [batch, weight.shape[0], outputHeight, outputWidth] as const;
  const output = tape.value(`${input.label} * ${weight.name}`, shape);
  const passDown = (write: (dInput: Value) => void) => {
    if (!tape.isDifferentiable(input)) return;
    const dInput = tape.value(`d ${input.label}`, input.shape, input.segments);
    write(dInput);
    tape.accumulate(input, dInput);
  };
  if (!tape.exact && chooseConvolution(convolution) === "winograd") {
    const kept = winogradForward(tape, convolution, output.storage);
    tape.node(output, [input], (dOutput) => {
      const before = winogradActivationGradient(
        tape,
        convolution,
        dOutput.storage,
        output.storage,
      );
      winogradParameterGradients(tape, convolution, before, kept);
      passDown((dInput) =>
        winogradInputGradient(tape, convolution, before.gradient, dInput.storage)
      );
    }, { always: true });
    return output;
  }
  directForward(tape, convolution, output.storage);
  tape.node(output, [input], (dOutput) => {
    const gradient = leakyRelu
      ? activationGradient(tape, convolution, dOutput.storage, output.storage)
      : dOutput.storage;
    directParameterGradients(tape, convolution, gradient);
    passDown((dInput) => directInputGradient(tape, convolution, gradient, dInput.storage));
  }, { always: true });
  return output;
}
