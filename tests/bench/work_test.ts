/** What bench/_work.ts counts, by hand for some dispatches, and for every kernel of a step. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { RecordedDispatch } from "../../pipeline/compute/gpu/program.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { kernelName } from "../../pipeline/compute/gpu/kernel.ts";
import { concatenate } from "../../pipeline/compute/network/ops/concatenate.ts";
import { addValues } from "../../pipeline/compute/ops/arithmetic.ts";
import { upsampleTwice } from "../../pipeline/compute/ops/upsample.ts";
import { sizesOf, workOfDispatch } from "../../bench/_work.ts";
import { layersOfPwclite } from "../../tools/tune/layers.ts";
import { conv2d } from "../../pipeline/compute/network/ops/conv2d.ts";
import { correlation } from "../../pipeline/compute/network/ops/correlation.ts";
import { Parameters } from "../../pipeline/compute/parameters.ts";
import type { Value } from "../../pipeline/compute/tape.ts";
import { testGpu } from "../_adapter.ts";
import { TINY, tinySteps } from "./_step.ts";

async function recordedConvolution(exact: boolean, plus = false) {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [16, 32, 3, 3], inputSegments: [32] },
    { name: "b", kind: "bias", shape: [16, 1, 1, 1], inputSegments: [] },
  ]);
  const tape = new Tape(gpu, { exact });
  const input = tape.variable("x", [2, 32, 24, 40]);
  const options = plus ? { plus: tape.persistent("other", [2, 16, 24, 40]) } : {};
  const output = conv2d(tape, input, parameters.get("w"), parameters.get("b"), options);
  tape.backward(output, tape.persistent("seed", output.shape));
  const flat = new Set([parameters.values, parameters.gradients]);
  return (entryPoint: string) => {
    const dispatch = tape.recorded().find(({ kernel }) => kernel.entryPoint === entryPoint);
    assert(
      dispatch,
      `no ${entryPoint} among ${tape.recorded().map(({ kernel }) => kernel.entryPoint)}`,
    );
    return workOfDispatch(dispatch, flat);
  };
}

// 2 images of 24x40, 32 to 16 channels, 9 taps.
const CONVOLUTION = 2 * 2 * 24 * 40 * 32 * 16 * 9;
const WEIGHTS = 4 * 32 * 16 * 9, INPUT = 4 * 2 * 24 * 40 * 32, OUTPUT = 4 * 2 * 24 * 40 * 16;

Deno.test("workOfDispatch() counts two operations a tap and pair of channels, and of the parameters those of the layer", async () => {
  const work = await recordedConvolution(true);
  assertEquals(work("forward"), { flop: CONVOLUTION, bytes: INPUT + WEIGHTS + OUTPUT });
  const added = await recordedConvolution(true, true);
  assertEquals(added("forward"), { flop: CONVOLUTION, bytes: INPUT + WEIGHTS + 2 * OUTPUT });
  assertEquals(work("dinput"), { flop: CONVOLUTION, bytes: INPUT + WEIGHTS + OUTPUT });
  assertEquals(work("dweight").flop, CONVOLUTION);
});

Deno.test("workOfDispatch() counts a quarter of the products between Winograd's transforms, and slices once", async () => {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [64, 64, 3, 3], inputSegments: [64] },
    { name: "b", kind: "bias", shape: [64, 1, 1, 1], inputSegments: [] },
  ]);
  const tape = new Tape(gpu);
  const input = tape.persistent("x", [16, 64, 64, 96]);
  const plus = tape.persistent("other", [16, 64, 64, 96]);
  conv2d(tape, input, parameters.get("w"), parameters.get("b"), { plus });
  const flat = new Set([parameters.values, parameters.gradients]);
  const named = (label: RegExp, entryPoint: RegExp) =>
    tape.recorded().filter(({ kernel }) =>
      label.test(kernel.label) && entryPoint.test(kernel.entryPoint)
    ).map((dispatch) => workOfDispatch(dispatch, flat));
  const sum = (works: { flop?: number; bytes: number }[], what: "flop" | "bytes") =>
    works.reduce((total, work) => total + work[what]!, 0);
  const products = named(/gemm/, /^multiply/), transforms = named(/winograd/, /^input$/);
  // A CPU driver works on a few images at a time.
  assert(products.length > 1 && products.length === transforms.length);
  const tiles = 16 * 16 * 24;
  assertEquals(sum(products, "flop"), 2 * 36 * tiles * 64 * 64);
  assertEquals(sum(transforms, "flop"), 228 * tiles * 64);
  assertEquals(sum(transforms, "bytes"), 4 * 16 * 64 * 96 * 64 + 4 * 36 * tiles * 64);
  const outputs = named(/winograd/, /^output$/);
  const biases = outputs.length * 4 * 64;
  // What is added, and what is written.
  const pictures = 2 * 4 * 16 * 64 * 96 * 64;
  assertEquals(sum(outputs, "bytes"), 4 * 36 * tiles * 64 + pictures + biases);
});

Deno.test("workOfDispatch() counts the transforms of Winograd in one dispatch as often as they are made", async () => {
  const { gpu } = (await tinySteps())[1];
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [32, 64, 3, 3], inputSegments: [64] },
    { name: "b", kind: "bias", shape: [32, 1, 1, 1], inputSegments: [] },
  ]);
  const tape = new Tape(gpu);
  const input = tape.variable("x", [2, 64, 8, 8]);
  const output = conv2d(tape, input, parameters.get("w"), parameters.get("b"), {});
  tape.backward(output, tape.persistent("seed", output.shape));
  const flat = new Set([parameters.values, parameters.gradients]);
  const works = tape.recorded().filter(({ kernel }) =>
    kernel.label === "convolution_tiled_winograd"
  ).map((dispatch) => ({
    ...workOfDispatch(dispatch, flat),
    columns: dispatch.workgroups[0],
  }));
  // 2 images of 2 x 2 tiles; the pictures, the planes of the weights, and forward the bias.
  const tiles = 2 * 2 * 2, products = 2 * 36 * tiles * 64 * 32;
  const bytes = 4 * 2 * 64 * (64 + 32) + 4 * 36 * 64 * 32;
  assertEquals(works.length, 2);
  const [forward, backward] = works;
  assertEquals(forward.flop, products + tiles * (228 * 64 * forward.columns + 130 * 32));
  assertEquals(backward.flop, products + tiles * (228 * 32 * backward.columns + 130 * 64));
  assertEquals([forward.bytes, backward.bytes], [bytes + 4 * 32, bytes]);
});

Deno.test("workOfDispatch() counts what a gradient on its way through an activation reads and writes", async () => {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [64, 64, 3, 3], inputSegments: [64] },
    { name: "b", kind: "bias", shape: [64, 1, 1, 1], inputSegments: [] },
  ]);
  const tape = new Tape(gpu);
  const convolve = (input: Value, leakyRelu: boolean) =>
    conv2d(tape, input, parameters.get("w"), parameters.get("b"), { leakyRelu });
  const output = convolve(convolve(tape.variable("x", [8, 64, 64, 96]), true), false);
  tape.backward(output, tape.persistent("seed", output.shape));
  const flat = new Set([parameters.values, parameters.gradients]);
  const passed = tape.recorded().filter(({ kernel }) => kernel.entryPoint === "output_activated");
  const bytes = passed.reduce((sum, dispatch) => sum + workOfDispatch(dispatch, flat).bytes, 0);
  const tiles = 8 * 16 * 24, picture = 4 * 8 * 64 * 96 * 64;
  // Planes; the activated values and the gradient before the activation; a sum of each tile.
  assertEquals(bytes, 4 * 36 * tiles * 64 + 2 * picture + 4 * tiles * 64);
});

Deno.test("workOfDispatch() counts 81 displacements of a correlation, for both families", async () => {
  const gpu = await testGpu();
  for (const family of ["cpu", "gpu"]) {
    const device = family === "cpu" ? gpu : (await tinySteps())[1].gpu;
    const tape = new Tape(device);
    const [a, b] = ["a", "b"].map((label) => tape.variable(label, [2, 32, 16, 24]));
    const costs = correlation(tape, a, b, { leakyRelu: true });
    tape.backward(costs, tape.persistent("seed", costs.shape));
    const flops = tape.recorded().filter(({ kernel }) =>
      kernel.entryPoint !== "leaky_relu_gradient"
    )
      .map((dispatch) => workOfDispatch(dispatch, new Set()).flop);
    const once = 2 * 81 * 2 * 16 * 24 * 32;
    assertEquals(flops, [once, 2 * once], family);
  }
});

Deno.test("workOfDispatch() counts of costs and enlargements in a concatenation their own bytes", async () => {
  const [cpu, gpu] = await Promise.all([testGpu(), tinySteps().then(([, { gpu }]) => gpu)]);
  // Two pictures of 16x24: 32 channels of features, 81 costs, padded; 2 channels of a flow of 8x12, enlarged to twice and four times that.
  const pixels = 2 * 16 * 24, features = 4 * 32 * pixels, costs = 4 * 84 * pixels;
  const flow = 4 * 4 * pixels / 4, first = 4 * flow, second = 16 * flow;
  for (const device of [cpu, gpu]) {
    const tape = new Tape(device, { exact: true });
    const value = (channels: number, height = 16, width = 24) =>
      tape.variable("x", [2, channels, height, width]);
    const volume = correlation(tape, value(32), value(32), { leakyRelu: true });
    const twoSizes = [2, 4].map((factor) => ({ height: 8 * factor, width: 12 * factor, factor }));
    const [start] = upsampleTwice(tape, value(2, 8, 12), twoSizes[0], twoSizes[1]);
    const other = value(7);
    const joined = concatenate(tape, [volume, addValues(tape, other, other), start]);
    const both = addValues(tape, start, start);
    tape.backward(
      concatenate(tape, [joined, both]),
      tape.persistent("seed", [2, 92, 16, 24], [...joined.segments, 2]),
    );
    const bytes = Object.fromEntries(
      tape.recorded().filter(({ kernel: { label } }) => /^(correlation|upsample)/.test(label))
        .map((
          dispatch,
        ) => [kernelName(dispatch.kernel), workOfDispatch(dispatch, new Set()).bytes]),
    );
    assertEquals(bytes, {
      ...device === cpu
        ? {
          "correlation.forward": 2 * features + costs,
          "correlation.leaky_relu_gradient": 3 * costs,
          "correlation.gradients": 4 * features + costs,
        }
        : {
          "correlation_tiled.forward": 2 * features + costs,
          "correlation_tiled.gradients": 4 * features + 2 * costs,
        },
      "upsample.forward_two_twice": flow + 2 * first + second,
      "upsample.backward(SUMMANDS=3, OUTPUTS=1)": flow + 3 * first,
    });
  }
});

Deno.test("workOfDispatch() finds the sizes of every kernel of a step, and all of its convolutions", async () => {
  const [batch, [height, width]] = [2 * TINY.batch, TINY.crop];
  const layers = layersOfPwclite(TINY.width, batch, height, width);
  for (const { gpu, step } of await tinySteps()) {
    const works = step.dispatches.map((dispatch) => workOfDispatch(dispatch, step.flat));
    works.forEach(({ flop, bytes }, index) => {
      const { kernel } = step.dispatches[index];
      const name = `${gpu.family} ${kernel.label}.${kernel.entryPoint}`;
      assert(Number.isFinite(bytes) && bytes >= 4, `${name} touches ${bytes} bytes`);
      assert(flop === undefined || Number.isFinite(flop) && flop > 0, `${name} has ${flop} flop`);
      assert(flop !== undefined || !/^dweight/.test(kernel.entryPoint), `${name}: not counted`);
      const whole = step.dispatches[index].reads.concat(step.dispatches[index].writes)
        .reduce((sum, storage) => sum + storage.bytes, 0);
      assert(bytes <= whole, `${name} touches ${bytes} of ${whole} bytes`);
    });
    // Direct kernels do all of a layer's products, Winograd's fewer; padding adds some.
    const least = layers.reduce((sum, { segments, output, kernel, stride, ...layer }) => {
      const inputs = segments.reduce((total, channels) => total + channels, 0);
      const pixels = layer.batch * layer.height * layer.width / stride ** 2;
      return sum + 2 * pixels * inputs * output * kernel ** 2 * (layer.first ? 2 : 3);
    }, 0);
    const counted = works.reduce(
      (sum, { flop = 0 }, index) =>
        sum +
        (/direct|joint|gemm|tiled_winograd/.test(step.dispatches[index].kernel.label) ? flop : 0),
      0,
    );
    assert(counted > least / 4 && counted < 2 * least, `${counted} of ${least}`);
  }
});

Deno.test("sizesOf() refuses params that no struct of the kernel has", async () => {
  const [{ step }] = await tinySteps();
  const [dispatch] = step.dispatches;
  const wrong: RecordedDispatch = { ...dispatch, params: Array(999).fill(0) };
  assertThrows(() => sizesOf(wrong), Error, "no params block of it has 999 values");
});
