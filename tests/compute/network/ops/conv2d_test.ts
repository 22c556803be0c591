import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../../pipeline/compute/gpu/device.ts";
import { conv2d } from "../../../../pipeline/compute/network/ops/conv2d.ts";
import { Parameters } from "../../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../../pipeline/compute/tape.ts";
import type { Shape } from "../../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../../_adapter.ts";
import { assertClose } from "../../../_operation.ts";
import { conv2d64, conv2dGradients64 } from "../../../reference/conv2d.ts";
import { dot64 } from "../../../reference/tensor64.ts";
import {
  computeConvolution,
  type ConvolutionCase,
  convolutionOperands,
  seedAwayFromKink,
} from "./_convolution.ts";

const CASES: Record<string, ConvolutionCase> = {
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

for (const mode of ["exact", "fast", "gpu"]) {
  const exact = mode === "exact";
  Deno.test(`conv2d() equals its float64 twin, ${mode}`, async (t) => {
    const value = exact ? 1e-6 : 5e-5, gradient = exact ? 3e-6 : 1.5e-4;
    const { device, adapter } = await testGpu();
    const gpu = new Gpu(device, mode === "gpu" ? { ...adapter, fallback: false } : adapter);
    for (const [name, test] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const got = await computeConvolution(gpu, test, { exact });
        assertClose("output", got.output, got.wanted.data, value);
        assertClose("gradient of the input", got.dInput, got.gradients.input.data, gradient);
        assertClose("gradient of the weight", got.dWeight, got.gradients.weight.data, gradient);
        assertClose("gradient of the bias", got.dBias, got.gradients.bias.data, gradient);
      });
    }
  });
}

for (const mode of ["exact", "fast", "fast, without subgroups", "gpu"]) {
  const exact = mode === "exact";
  Deno.test(`conv2d() adds another value as its float64 twin does, ${mode}`, async (t) => {
    const value = exact ? 1e-6 : 5e-5, gradient = exact ? 3e-6 : 1.5e-4;
    const { device, adapter } = await testGpu();
    const subgroupsOfEight = adapter.subgroupsOfEight && !mode.includes("without");
    const gpu = new Gpu(device, { ...adapter, fallback: mode !== "gpu", subgroupsOfEight });
    for (const [name, test] of Object.entries(CASES).filter(([, test]) => !test.leakyRelu)) {
      await t.step(name, async () => {
        const got = await computeConvolution(gpu, test, { exact, plus: true });
        assertClose("output", got.output, got.wanted.data, value);
        assertEquals(got.dPlus, Float32Array.from(got.seed.data), "gradient of what is added");
        assertClose("gradient of the input", got.dInput, got.gradients.input.data, gradient);
        assertClose("gradient of the weight", got.dWeight, got.gradients.weight.data, gradient);
        assertClose("gradient of the bias", got.dBias, got.gradients.bias.data, gradient);
      });
    }
  });
}

Deno.test("conv2d() does without subgroups", async (t) => {
  const gpu = await testGpu();
  const plain = new Gpu(gpu.device, { ...gpu.adapter, subgroupsOfEight: false });
  for (const name of ["primes, LeakyReLU", "many tiles, wide", "many tiles, dilation 2"]) {
    await t.step(name, async () => {
      const got = await computeConvolution(plain, CASES[name], {});
      assertClose("output", got.output, got.wanted.data, 5e-5);
      assertClose("gradient of the input", got.dInput, got.gradients.input.data, 1.5e-4);
      assertClose("gradient of the weight", got.dWeight, got.gradients.weight.data, 1.5e-4);
      assertClose("gradient of the bias", got.dBias, got.gradients.bias.data, 1.5e-4);
    });
  }
});

Deno.test("conv2d64's gradients equal central differences", () => {
  const test = { input: [1, 3, 5, 4] as Shape, output: 2, stride: 2, leakyRelu: true };
  const tensors = convolutionOperands(test);
  const { input, weight, bias } = tensors;
  const seed = seedAwayFromKink(conv2d64(input, weight, bias, test));
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
  const test = { input: [1, 5, 6, 6] as Shape, output: 7 };
  const got = await computeConvolution(await testGpu(), test, { exact: true, uses: 2 });
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
  const large = tape.value("flow", [1, 4, 8, 8]), parts = tape.value("two", [1, 4, 8, 8], [2, 2]);
  assertThrows(
    () => conv2d(tape, joined, w, b, { plus: large, stride: 2 }),
    Error,
    "with w: flow, which is to be added, must be [1,4,4,4] in segments [4], got [1,4,8,8]",
  );
  assertThrows(() => conv2d(tape, joined, w, b, { plus: parts }), Error, "in segments [2,2]");
  assertThrows(
    () => conv2d(tape, joined, w, b, { plus: large, leakyRelu: true }),
    Error,
    "flow can be added to a convolution without LeakyReLU alone",
  );
});
