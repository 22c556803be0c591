/** Layers of several sizes by Winograd in one program, whose weights one dispatch transforms. */
import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import { TILINGS } from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import { describeConvolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { recordWaiting } from "../../../../../pipeline/compute/network/ops/convolution/together.ts";
import {
  winogradForward,
  winogradInputGradient,
  winogradParameterGradients,
} from "../../../../../pipeline/compute/network/ops/convolution/winograd.ts";
import { MOST_TRANSFORMS } from "../../../../../pipeline/compute/network/ops/convolution/winograd_weights.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import type { Value } from "../../../../../pipeline/compute/tape.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { type ConvolutionCase, convolutionOperands, seedAwayFromKink } from "../_convolution.ts";
import { assertSameBits, guardedStorage, GuardedTape } from "../_guarded_tape.ts";

interface Layer extends ConvolutionCase {
  readonly weight: string;
  /** Default: forward and all gradients. */
  readonly passes?: "forward" | "dInput";
  /** Partial sums of the gradient of the weight on a GPU; default: as the rules say. */
  readonly chunks?: number;
}

const LAYERS: readonly Layer[] = [
  { weight: "a", input: [2, 5, 7, 11], output: 13, leakyRelu: true },
  { weight: "b", input: [1, 37, 9, 10], output: 19, passes: "forward" },
  { weight: "c", input: [3, 12, 15, 16], output: 20, dilation: 2 },
  // The same weights at another size, as another level of a pyramid.
  { weight: "a", input: [1, 5, 1, 3], output: 13 },
  { weight: "d", input: [2, 21, 5, 6], output: 33, passes: "dInput" },
  // Their gradients go with the one before; more partial sums than are read at once.
  { weight: "e", input: [2, 5, 49, 51], output: 3, chunks: 11 },
  { weight: "f", input: [3, 4, 50, 43], output: 7, dilation: 2, chunks: 14 },
];

const operandsOf = (layer: Layer) => {
  const { input, bias } = convolutionOperands(layer);
  // Of a weight once.
  const first = LAYERS.find(({ weight }) => weight === layer.weight)!;
  return { input, bias, weight: convolutionOperands(first).weight };
};

type Results = { name: string; got: Float32Array; wanted: ArrayLike<number> }[];

/** Layers in one program, run twice. */
async function compute(
  gpu: Gpu,
  layers: readonly Layer[] = LAYERS,
): Promise<{ kernels: readonly string[]; results: Results }> {
  const byWeight = new Map(layers.map((layer) => [layer.weight, operandsOf(layer)]));
  const parameters = new Parameters(
    gpu,
    [...byWeight].flatMap(([name, { weight, bias }]) => [
      { name, kind: "weight", shape: weight.shape, inputSegments: [weight.shape[1]] },
      { name: `bias of ${name}`, kind: "bias", shape: bias.shape, inputSegments: [] },
    ]),
  );
  const tape = new GuardedTape(gpu, { reversed: false });
  const checks: { name: string; value: Value; wanted: ArrayLike<number> }[] = [];
  const dWeights = new Map<string, number[]>();
  layers.forEach((layer, index) => {
    const { input, weight, bias } = operandsOf(layer);
    const output = conv2d64(input, weight, byWeight.get(layer.weight)!.bias, layer);
    const seed = seedAwayFromKink(output);
    // The gradient before the activation, which is what these kernels take.
    const gradients = conv2dGradients64(input, weight, bias, seed, { ...layer, leakyRelu: false });
    const x = tape.persistent("x", input.shape), out = tape.persistent("out", output.shape);
    const dOut = tape.persistent("d out", output.shape), dx = tape.persistent("d x", input.shape);
    tape.write(x, input.data);
    tape.write(dOut, seed.data);
    const values = [layer.weight, `bias of ${layer.weight}`].map((name) => parameters.get(name));
    const convolution = describeConvolution(x, values[0], values[1], layer);
    let planes;
    if (layer.passes !== "dInput") {
      planes = winogradForward(tape, convolution, out.storage);
      checks.push({ name: `output ${index}`, value: out, wanted: output.data });
    }
    if (layer.passes === "forward") return;
    winogradInputGradient(tape, convolution, dOut.storage, dx.storage);
    checks.push({ name: `gradient of input ${index}`, value: dx, wanted: gradients.input.data });
    if (layer.passes === "dInput") return;
    const biasSums = guardedStorage(gpu, "sums", new Float32Array(4 * convolution.outputSlots));
    const down = { gradient: dOut.storage, bias: { sums: biasSums, chunks: 1 } };
    const said = layer.chunks && gpu.family === "gpu"
      ? { use: "winograd", tiling: TILINGS[0], chunks: layer.chunks } as const
      : undefined;
    winogradParameterGradients(tape, convolution, down, { said, kept: { input: planes } });
    const before = dWeights.get(layer.weight);
    dWeights.set(
      layer.weight,
      Array.from(gradients.weight.data, (value, i) => value + (before?.[i] ?? 0)),
    );
  });
  recordWaiting(tape);
  parameters.write(
    new Map(
      [...byWeight].flatMap(([name, { weight, bias }]) => [
        [name, weight.data],
        [`bias of ${name}`, bias.data],
      ]),
    ),
  );
  const program = await tape.finish();
  const read = async (): Promise<Results> => {
    program.run();
    const results: Results = [];
    for (const { name, value, wanted } of checks) {
      results.push({ name, got: await tape.read(value), wanted });
    }
    const gradients = await parameters.read("gradients");
    for (const [name, wanted] of dWeights) {
      results.push({ name: `gradient of ${name}`, got: gradients.get(name)!, wanted });
    }
    return results;
  };
  const results = await read(), again = await read();
  again.forEach(({ name, got }, i) => assertSameBits(`${name}, again`, got, results[i].got));
  assertEquals(await tape.overwritten(), [], "written beyond the end");
  await gpu.finished();
  return { kernels: program.kernels, results };
}

function checkAll(results: Results): void {
  for (const { name, got, wanted } of results) {
    assertClose(name, got, wanted, name.startsWith("output") ? 5e-5 : 1.5e-4);
  }
}

const isTransform = (kernel: string) => kernel.startsWith("convolution_winograd_weight");

async function gpuOf(family: "cpu" | "gpu"): Promise<Gpu> {
  const { device, adapter } = await testGpu();
  return new Gpu(device, { ...adapter, fallback: family === "cpu" });
}

for (const family of ["cpu", "gpu"] as const) {
  Deno.test(`transformedWeight() has one dispatch transform the weights of all layers, family ${family}`, async () => {
    const { kernels, results } = await compute(await gpuOf(family));
    assertEquals(kernels.map(isTransform).indexOf(true), 0, "at the beginning");
    assertEquals(kernels.filter(isTransform).length, 1);
    const sums = family === "cpu" ? "dsum_planes" : "dsum_planes_shared";
    assertEquals(
      kernels.filter((kernel) => kernel.includes(".dsum")),
      [2, 3].map((addends) => `convolution_sum.${sums}(BUFFERS=${addends})`),
    );
    checkAll(results);
  });
}

Deno.test("transformedWeight() fills several storages where one may not hold all", async () => {
  const small = await gpuOf("gpu");
  // The planes of 256 vec4 of a weight's tap are 144 KiB, all weights of the first layers thrice as much.
  Object.defineProperty(small, "largestStorage", { value: 195 << 10 });
  const { kernels, results } = await compute(small, LAYERS.slice(0, 5));
  assertEquals(kernels.map(isTransform).lastIndexOf(true), 2, "three at the beginning");
  checkAll(results);
});

Deno.test("transformedWeight() transforms more weights than a dispatch can in several", async () => {
  const gpu = await gpuOf("gpu"), count = MOST_TRANSFORMS + 3;
  const test = { input: [1, 3, 5, 6], output: 2 } as const;
  const { input, weight, bias } = convolutionOperands(test);
  const names = Array.from({ length: count }, (_, index) => `w${index}`);
  const shape = weight.shape, inputSegments = [shape[1]];
  const parameters = new Parameters(gpu, [
    ...names.map((name) => ({ name, kind: "weight", shape, inputSegments }) as const),
    { name: "b", kind: "bias", shape: bias.shape, inputSegments: [] },
  ]);
  const scaled = (index: number) => weight.data.map((value) => value * (1 + index));
  parameters.write(
    new Map([
      ["b", bias.data],
      ...names.map((name, index) => [name, scaled(index)] as const),
    ]),
  );
  const tape = new GuardedTape(gpu, { reversed: false });
  const x = tape.persistent("x", input.shape);
  tape.write(x, input.data);
  const outputs = names.map((name) => {
    const out = tape.persistent("out", [1, 2, 5, 6]);
    const values = [parameters.get(name), parameters.get("b")] as const;
    winogradForward(tape, describeConvolution(x, ...values, {}), out.storage);
    return out;
  });
  const program = await tape.finish();
  assert(program.kernels.slice(0, 2).every(isTransform) && !isTransform(program.kernels[2]));
  program.run();
  for (const index of [0, MOST_TRANSFORMS - 1, MOST_TRANSFORMS, count - 1]) {
    const wanted = conv2d64(input, { ...weight, data: scaled(index) }, bias, {});
    assertClose(names[index], await tape.read(outputs[index]), wanted.data, 5e-5);
  }
  await gpu.finished();
});
