/** What bench/_work.ts counts, by hand for some dispatches, and for every kernel of a step. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { RecordedDispatch } from "../../pipeline/compute/gpu/program.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
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
        sum + (/direct|gemm/.test(step.dispatches[index].kernel.label) ? flop : 0),
      0,
    );
    assert(counted > least / 4 && counted < 2 * least, `${counted} of ${least}`);
  }
});

Deno.test("sizesOf() refuses params that no struct of the kernel has", async () => {
  const [{ step }] = await tinySteps();
  const [dispatch] = step.dispatches;
  const wrong: RecordedDispatch = { ...dispatch, params: Array(99).fill(0) };
  assertThrows(() => sizesOf(wrong), Error, "no params block of it has 99 values");
});
