/** Runs one convolution through the public operation, for the tests, with what the float64 twin wants beside it. */
import { assertEquals } from "@std/assert";
import type { Gpu } from "../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../pipeline/compute/gpu/tensor.ts";
import { conv2d } from "../../../../pipeline/compute/network/ops/conv2d.ts";
import { Parameters } from "../../../../pipeline/compute/parameters.ts";
import { Tape, type Value } from "../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../pipeline/common/rng.ts";
import { addValues64 } from "../../../reference/arithmetic.ts";
import { conv2d64, conv2dGradients64 } from "../../../reference/conv2d.ts";
import { random64, type Tensor64 } from "../../../reference/tensor64.ts";

/** One convolution to test. */
export interface ConvolutionCase {
  readonly input: Shape;
  readonly output: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly leakyRelu?: boolean;
  readonly segments?: readonly number[];
}

/** Random operands, the same for the same sizes. */
export function convolutionOperands({ input, output, kernel = 3 }: ConvolutionCase) {
  const rng = new Rng(3).fork(`${input} ${output} ${kernel}`);
  return {
    input: random64(rng.fork("input"), input, -1, 1),
    weight: random64(rng.fork("weight"), [output, input[1], kernel, kernel], -0.3, 0.3),
    bias: random64(rng.fork("bias"), [output, 1, 1, 1], -0.5, 0.5),
  };
}

/** A gradient for the output; zero near the kink of LeakyReLU, where rounding decides the side. */
export function seedAwayFromKink(wanted: Tensor64): Tensor64 {
  const seed = random64(new Rng(5), wanted.shape, -1, 1);
  wanted.data.forEach((value, index) => {
    if (Math.abs(value) < 1e-3) seed.data[index] = 0;
  });
  return seed;
}

/** Operands, and what the float64 twin makes of them; of the gradient before the activation, which is what kernels take. */
export function convolutionTwin(test: ConvolutionCase) {
  const operands = convolutionOperands(test);
  const { input, weight, bias } = operands;
  const output = conv2d64(input, weight, bias, test);
  const seed = seedAwayFromKink(output);
  const gradients = conv2dGradients64(input, weight, bias, seed, { ...test, leakyRelu: false });
  return { operands, output, seed, gradients };
}

/**
 * Output and all gradients, computed twice; the parameters' gradients summed over `uses` uses of the same input; with `plus`
 * another value is added to the output.
 */
export async function computeConvolution(
  gpu: Gpu,
  test: ConvolutionCase,
  { exact = false, uses = 1, plus = false },
) {
  const { input, weight, bias } = convolutionOperands(test);
  const convolved = conv2d64(input, weight, bias, test);
  const seed = seedAwayFromKink(convolved);
  const inputSegments = test.segments ?? [input.shape[1]];
  const parameters = new Parameters(gpu, [
    { name: "before", kind: "weight", shape: [3, 5, 1, 1], inputSegments: [5] },
    { name: "weight", kind: "weight", shape: weight.shape, inputSegments },
    { name: "bias", kind: "bias", shape: bias.shape, inputSegments: [] },
  ]);
  parameters.write(
    new Map<string, ArrayLike<number>>([
      ["before", new Float32Array(15)],
      ["weight", weight.data],
      ["bias", bias.data],
    ]),
  );
  const tape = new Tape(gpu, { exact });
  const x = tape.variable("x", input.shape, inputSegments);
  const dOut = tape.persistent("seed", seed.shape);
  tape.write(x, input.data);
  tape.write(dOut, seed.data);
  const other = random64(new Rng(7), seed.shape, -1, 1);
  const added = tape.variable("other", other.shape);
  tape.write(added, other.data);
  const options = plus ? { ...test, plus: added } : test;
  const results: Value[] = [];
  for (let use = 0; use < uses; use++) {
    const output = conv2d(tape, x, parameters.get("weight"), parameters.get("bias"), options);
    results.push(tape.keep(output));
    tape.backward(output, dOut);
  }
  results.push(tape.keep(tape.gradientOf(x)));
  if (plus) results.push(tape.keep(tape.gradientOf(added)));
  const program = await tape.finish();
  const runOnce = async () => {
    program.run();
    const gradients = await parameters.read("gradients");
    return {
      output: await tape.read(results[0]),
      dInput: await tape.read(results[uses]),
      dWeight: gradients.get("weight")!,
      dBias: gradients.get("bias")!,
      dPlus: plus ? await tape.read(results[uses + 1]) : undefined,
    };
  };
  const first = await runOnce(), second = await runOnce();
  await gpu.finished();
  assertEquals(first, second, "two runs differ");
  return {
    ...first,
    seed,
    wanted: plus ? addValues64(convolved, other, 1, 1) : convolved,
    gradients: conv2dGradients64(input, weight, bias, seed, test),
    recorded: tape.recorded(),
  };
}
