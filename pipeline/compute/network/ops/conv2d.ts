/** Two-dimensional convolution with bias, and an optional LeakyReLU or another value to add (method, section 3). */
import { outputGradient, rememberActivated } from "./convolution/activation.ts";
import { planConvolution } from "./convolution/choice.ts";
import {
  recordForward,
  recordGradientPlanes,
  recordInputGradient,
  recordParameterGradients,
} from "./convolution/passes.ts";
import { type ConvolutionOptions, describeConvolution } from "./convolution/shape.ts";
import type { Parameter } from "../../parameters.ts";
import { wholeOf } from "../../record_gradient.ts";
import type { Tape, Value } from "../../tape.ts";

/**
 * out = act(bias + weight * input) + plus, zero padding (k - 1) / 2 * dilation, so that only the stride changes the size:
 * ceil(H / stride). act is LeakyReLU(0.1) where `leakyRelu` is set, else the identity, and only then something can be added.
 * The gradients of weight and bias go to the flat gradient buffer; those of a parameter used several times are summed.
 * @param input [N, ci, H, W], its segments those that the weight was declared with
 * @param weight [co, ci, k, k], k = 1 or 3
 * @param bias [co]
 * @param options stride 1 or 2 (default 1), dilation (default 1), leakyRelu (default false), plus: of the output's shape
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
  const plan = planConvolution(convolution, tape.gpu, tape.exact);
  const { batch, outputHeight, outputWidth } = convolution;
  const shape = [batch, weight.shape[0], outputHeight, outputWidth] as const;
  // Not by the input as well: the labels of a network would grow from layer to layer.
  const output = tape.value(`output of ${weight.name}`, shape);
  if (options.leakyRelu) rememberActivated(tape, output, { bias: true });
  const planes = recordForward(tape, convolution, plan, output.storage);
  const { plus } = convolution;
  tape.nodeOfSummands(output, plus ? [input, plus] : [input], (dOutput) => {
    // What takes the gradient of the other value next adds up these and others at once.
    if (plus) dOutput.forEach((summand) => tape.accumulate(plus, summand));
    const down = outputGradient(tape, convolution, dOutput, output);
    const gradient = recordGradientPlanes(tape, convolution, plan, down.gradient);
    const kept = { input: planes, gradient };
    recordParameterGradients(tape, convolution, plan, down, kept);
    if (!tape.isDifferentiable(input)) return;
    const dInput = tape.value(`d ${input.label}`, input.shape, input.segments);
    const passed = recordInputGradient(
      tape,
      convolution,
      plan,
      down.gradient,
      dInput.storage,
      kept,
    );
    tape.accumulate(input, { ...wholeOf(dInput), beforeActivation: passed });
  }, { always: true });
  return output;
}
