import { assertEquals, assertThrows } from "@std/assert";
import { conv2d } from "../../pipeline/ops/conv2d.ts";
import { Parameters } from "../../pipeline/ops/parameters.ts";
import { Tape, type Value } from "../../pipeline/ops/tape.ts";
import { Rng } from "../../pipeline/rng.ts";
import type { Shape } from "../../pipeline/gpu/tensor.ts";
import { testGpu } from "../_adapter.ts";
import { assertClose } from "../_operation.ts";
import { conv2d64, conv2dGradients64 } from "../reference/conv2d.ts";
import { dot64, random64, type Tensor64 } from "../reference/tensor64.ts";

interface Case {
  readonly input: Shape;
  readonly output: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly leakyRelu?: boolean;
  readonly segments?: readonly number[];
}

function operands({ input, output, kernel = 3 }: Case) {
  const rng = new Rng(3).fork(`${input} ${output} ${kernel}`);
  return {
    input: random64(rng.fork("input"), input, -1, 1),
    weight: random64(rng.fork("weight"), [output, input[1], kernel, kernel], -0.3, 0.3),
    bias: random64(rng.fork("bias"), [output, 1, 1, 1], -0.5, 0.5),
  };
}

// A gradient for the output; zero near the kink of LeakyReLU, where rounding decides the side.
function seedFor(wanted: Tensor64): Tensor64 {
  const seed = random64(new Rng(5), wanted.shape, -1, 1);
  wanted.data.forEach((value, index) => {
    if (Math.abs(value) < 1e-3) seed.data[index] = 0;
  });
  return seed;
}

// Output and all gradients, twice; the parameters' gradients summed over `uses` uses of the same input.
async function compute(test: Case, exact: boolean, uses = 1) {
  const { input, weight, bias } = operands(test);
  const wanted = conv2d64(input, weight, bias, test);
  const seed = seedFor(wanted);
  const gpu = await testGpu();
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
  const results: Value[] = [];
  for (let use = 0; use < uses; use++) {
    const output = conv2d(tape, x, parameters.get("weight"), parameters.get("bias"), test);
    results.push(tape.keep(output));
    tape.backward(output, dOut);
  }
  results.push(tape.keep(tape.gradientOf(x)));
  const program = await tape.finish();
  const runOnce = async () => {
    program.run();
    const gradients = await parameters.read("gradients");
    return {
      output: await tape.read(results[0]),
      dInput: await tape.read(results[uses]),
      dWeight: gradients.get("weight")!,
      dBias: gradients.get("bias")!,
    };
  };
  const first = await runOnce(), second = await runOnce();
  await gpu.finished();
  assertEquals(first, second, "two runs differ");
  return { ...first, wanted, gradients: conv2dGradients64(input, weight, bias, seed, test) };
}

const CASES: Record<string, Case> = {
  "one pixel": { input: [2, 3, 1, 1], output: 2 },
  "primes, LeakyReLU": { input: [2, 5, 7, 11], output: 13, leakyRelu: true },
  "one row": { input: [1, 9, 1, 13], output: 5 },
  "one column, stride 2": { input: [1, 4, 9, 1], output: 4, stride: 2 },
  "odd sides, stride 2": { input: [2, 3, 9, 7], output: 6, stride: 2, leakyRelu: true },
  "even sides, stride 2": { input: [2, 12, 8, 6], output: 9, stride: 2 },
  "stride 2, dilation 2": { input: [1, 8, 9, 7], output: 9, stride: 2, dilation: 2 },
  "stride 2, dilation 3": { input: [1, 8, 9, 12], output: 9, stride: 2, dilation: 3 },
  "1x1 kernel": { input: [2, 7, 5, 3], output: 6, kernel: 1, leakyRelu: true },
  "1x1 kernel, stride 2": { input: [1, 7, 5, 4], output: 3, kernel: 1, stride: 2 },
  "dilation 2": { input: [2, 4, 7, 9], output: 5, dilation: 2 },
  "dilation 16, larger than the picture": { input: [1, 8, 6, 5], output: 8, dilation: 16 },
  "many tiles": { input: [2, 9, 13, 18], output: 11, leakyRelu: true },
  "many tiles, wide": { input: [1, 37, 17, 19], output: 35 },
  "many tiles, dilation 2": { input: [2, 12, 15, 16], output: 20, dilation: 2, leakyRelu: true },
  "many tiles, dilation 3": { input: [1, 20, 23, 21], output: 8, dilation: 3 },
  "a concatenation": { input: [2, 9, 6, 7], output: 8, segments: [5, 2, 2], leakyRelu: true },
};

for (const exact of [true, false]) {
  Deno.test(`conv2d() equals its float64 twin, exact ${exact}`, async (t) => {
    const value = exact ? 1e-6 : 5e-5, gradient = exact ? 3e-6 : 1.5e-4;
    for (const [name, test] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const got = await compute(test, exact);
        assertClose("output", got.output, got.wanted.data, value);
        assertClose("gradient of the input", got.dInput, got.gradients.input.data, gradient);
        assertClose("gradient of the weight", got.dWeight, got.gradients.weight.data, gradient);
        assertClose("gradient of the bias", got.dBias, got.gradients.bias.data, gradient);
      });
    }
  });
}

Deno.test("conv2d64's gradients equal central differences", () => {
  const test = { input: [1, 3, 5, 4] as Shape, output: 2, stride: 2, leakyRelu: true };
  const tensors = operands(test);
  const { input, weight, bias } = tensors;
  const seed = seedFor(conv2d64(input, weight, bias, test));
  const gradients = conv2dGradients64(input, weight, bias, seed, test);
  for (const name of ["input", "weight", "bias"] as const) {
    const differences = gradients[name].data.map((_, index) => {
      const moved = (by: number) => {
        const data = tensors[name].data.slice();
        data[index] += by;
        const changed: typeof tensors = { ...tensors };
        changed[name] = { shape: tensors[name].shape, data };
        const output = conv2d64(changed.input, changed.weight, changed.bias, test);
        return dot64(output.data, seed.data);
      };
      return (moved(1e-4) - moved(-1e-4)) / 2e-4;
    });
    assertClose(name, gradients[name].data, differences, 1e-9);
  }
});

Deno.test("conv2d() adds the gradients of a weight that is used twice", async () => {
  const got = await compute({ input: [1, 5, 6, 6], output: 7 }, true, 2);
  const twice = (data: Float64Array) => data.map((value) => 2 * value);
  assertClose("weight", got.dWeight, twice(got.gradients.weight.data), 3e-6);
  assertClose("bias", got.dBias, twice(got.gradients.bias.data), 3e-6);
});

Deno.test("conv2d() refuses operands that do not fit", async () => {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [4, 5, 3, 3], inputSegments: [3, 2] },
    { name: "b", kind: "bias", shape: [4, 1, 1, 1], inputSegments: [] },
    { name: "b8", kind: "bias", shape: [8, 1, 1, 1], inputSegments: [] },
  ]);
  const tape = new Tape(gpu);
  const [w, b, b8] = ["w", "b", "b8"].map((name) => parameters.get(name));
  const plain = tape.value("picture", [1, 5, 8, 8]);
  const joined = tape.value("picture", [1, 5, 8, 8], [3, 2]);
  assertThrows(() => conv2d(tape, plain, w, b), Error, "in segments [3,2], the input has 5");
  assertThrows(() => conv2d(tape, joined, w, b8), Error, "bias b8 has 8 channels");
  assertThrows(() => conv2d(tape, joined, w, b, { stride: 3 }), Error, "got 3");
  assertThrows(() => conv2d(tape, joined, w, b, { dilation: 0 }), Error, "got 0");
});
