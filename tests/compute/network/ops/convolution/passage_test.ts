/** Gradients through the activations of parts of a concatenation, as the estimator of the network joins them. */
import { assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { concatenate } from "../../../../../pipeline/compute/network/ops/concatenate.ts";
import { conv2d } from "../../../../../pipeline/compute/network/ops/conv2d.ts";
import { correlation } from "../../../../../pipeline/compute/network/ops/correlation.ts";
import type { ConvolutionOptions } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { Tape, type Value } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose, checkOperation } from "../../../../_operation.ts";
import { concatenate64 } from "../../../../reference/concatenate.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { correlation64 } from "../../../../reference/correlation.ts";
import { random64, type Tensor64, zeros64 } from "../../../../reference/tensor64.ts";

interface Layer {
  readonly weight: Tensor64;
  readonly bias: Tensor64;
  /** Of its input. */
  readonly segments: readonly number[];
}

function layer(name: string, segments: readonly number[], output: number, side: number): Layer {
  const rng = new Rng(3).fork(`${name} ${segments} ${output}`);
  const channels = segments.reduce((sum, count) => sum + count, 0);
  return {
    weight: random64(rng.fork("weight"), [output, channels, side, side], -0.3, 0.3),
    bias: random64(rng.fork("bias"), [output, 1, 1, 1], -0.5, 0.5),
    segments,
  };
}

function parametersOf(gpu: Gpu, layers: Record<string, Layer>) {
  const parameters = new Parameters(
    gpu,
    Object.entries(layers).flatMap(([name, { weight, bias, segments }]) => [
      { name, kind: "weight", shape: weight.shape, inputSegments: segments } as const,
      { name: `${name} bias`, kind: "bias", shape: bias.shape, inputSegments: [1] } as const,
    ]),
  );
  parameters.write(
    new Map(
      Object.entries(layers).flatMap(([name, { weight, bias }]) => [
        [name, weight.data],
        [`${name} bias`, bias.data],
      ]),
    ),
  );
  const apply = (tape: Tape, input: Value, name: string, options: ConvolutionOptions) =>
    conv2d(tape, input, parameters.get(name), parameters.get(`${name} bias`), options);
  return { parameters, apply };
}

// Channels `from` up to `to`.
function channels64({ shape: [n, c, h, w], data }: Tensor64, from: number, to: number): Tensor64 {
  const part = zeros64([n, to - from, h, w]);
  for (let image = 0; image < n; image++) {
    const start = (image * c + from) * h * w;
    part.data.set(data.subarray(start, start + (to - from) * h * w), image * (to - from) * h * w);
  }
  return part;
}

const sum64 = (a: Tensor64, b: Tensor64): Tensor64 => ({
  shape: a.shape,
  data: a.data.map((value, index) => value + b.data[index]),
});

const LEAKY = { leakyRelu: true };

/** [N, channels, H, W] of what all convolutions but the last give, and channels of that. */
const CASES: Record<string, [Shape, number]> = {
  "one pixel": [[2, 3, 1, 1], 2],
  "primes": [[2, 5, 7, 11], 13],
  "many channels": [[2, 37, 5, 7], 13],
  "many tiles": [[2, 61, 23, 26], 63],
};

for (const family of ["cpu", "cpu without subgroups", "gpu"]) {
  Deno.test(`gradients of two values of which one is used again and both are joined equal their twins, ${family}`, async (t) => {
    const { device, adapter } = await testGpu();
    const gpu = new Gpu(device, {
      ...adapter,
      fallback: family !== "gpu",
      subgroupsOfEight: family === "cpu",
    });
    for (const [name, [shape, output]] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const [n, c, h, w] = shape;
        const layers = {
          first: layer("first", [c], c, 1),
          second: layer("second", [c], c + 1, 3),
          third: layer("third", [c, c + 1], output, 3),
        };
        const { first, second, third } = layers;
        const { parameters, apply } = parametersOf(gpu, layers);
        const input = random64(new Rng(4).fork(name), shape, -1, 1);
        const seed = random64(new Rng(5), [n, output, h, w], -1, 1);
        const tape = new Tape(gpu);
        const x = tape.variable("x", shape), dOutput = tape.persistent("seed", seed.shape);
        tape.write(x, input.data);
        tape.write(dOutput, seed.data);
        const a = apply(tape, x, "first", LEAKY);
        const b = apply(tape, a, "second", LEAKY);
        tape.backward(apply(tape, concatenate(tape, [a, b]), "third", {}), dOutput);
        const dX = tape.keep(tape.gradientOf(x));
        const program = await tape.finish();
        program.run();
        const got = await parameters.read("gradients"), dInput = await tape.read(dX);
        program.run();
        assertEquals(await parameters.read("gradients"), got, "two runs differ");

        const a64 = conv2d64(input, first.weight, first.bias, LEAKY);
        const b64 = conv2d64(a64, second.weight, second.bias, LEAKY);
        const joined = concatenate64([a64, b64]);
        const last = conv2dGradients64(joined, third.weight, third.bias, seed, {});
        const dB = channels64(last.input, c, 2 * c + 1);
        const middle = conv2dGradients64(a64, second.weight, second.bias, dB, LEAKY);
        const dA = sum64(channels64(last.input, 0, c), middle.input);
        const start = conv2dGradients64(input, first.weight, first.bias, dA, LEAKY);
        assertClose("input", dInput, start.input.data, 2e-4);
        for (const [layerName, wanted] of Object.entries({ first: start, second: middle })) {
          assertClose(layerName, got.get(layerName)!, wanted.weight.data, 2e-4);
          assertClose(`${layerName}, bias`, got.get(`${layerName} bias`)!, wanted.bias.data, 2e-4);
        }
        const passing = program.kernels.filter((kernel) => kernel.includes("_activated"));
        const activations = program.kernels.filter((kernel) => kernel.includes("dactivation"));
        assertEquals([passing.length, activations.length], [2, 0]);
      });
    }
  });
}

Deno.test("gradients of costs, of a convolution and of something else, joined, equal their twins", async () => {
  const layers = {
    reduced: layer("reduced", [2], 5, 1),
    last: layer("last", [81, 5, 3], 6, 3),
  };
  const { reduced, last } = layers;
  // One channel of costs comes near the kink of LeakyReLU but at exactly 0, outside: products of odd multiples of 1/8.
  const oddEighths = (seed: number): Tensor64 => {
    const { data } = random64(new Rng(seed), [1, 1, 3, 4], -8, 8);
    return { shape: [1, 1, 3, 4], data: data.map((value) => (2 * Math.round(value) + 1) / 8) };
  };
  await checkOperation("costs joined", {
    inputs: [
      oddEighths(1),
      oddEighths(2),
      random64(new Rng(3), [1, 2, 3, 4], -1, 1),
      random64(new Rng(4), [1, 3, 3, 4], -1, 1),
    ],
    operation: (tape, [first, second, features, other]) => {
      const { apply } = parametersOf(tape.gpu, layers);
      const costs = correlation(tape, first, second, LEAKY);
      const parts = [costs, apply(tape, features, "reduced", LEAKY), other];
      return apply(tape, concatenate(tape, parts), "last", {});
    },
    reference: ([first, second, features, other]) => {
      const costs = correlation64(first, second, 4, true);
      const middle = conv2d64(features, reduced.weight, reduced.bias, LEAKY);
      return conv2d64(concatenate64([costs, middle, other]), last.weight, last.bias, {});
    },
    exact: false,
    tolerance: 5e-5,
    gradientTolerance: 2e-4,
    onGpu: [],
  });
});
