/** Gradients through the activations of parts of a concatenation, as the estimator of the network joins them. */
import { assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { concatenate } from "../../../../../pipeline/compute/network/ops/concatenate.ts";
import { correlation } from "../../../../../pipeline/compute/network/ops/correlation.ts";
import { Tape } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose, checkOperation } from "../../../../_operation.ts";
import { addValues64 } from "../../../../reference/arithmetic.ts";
import { concatenate64 } from "../../../../reference/concatenate.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { correlation64 } from "../../../../reference/correlation.ts";
import { random64, type Tensor64 } from "../../../../reference/tensor64.ts";
import { channels64, layer, parametersOf } from "./_layers.ts";

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
        const dA = addValues64(channels64(last.input, 0, c), middle.input, 1, 1);
        const start = conv2dGradients64(input, first.weight, first.bias, dA, LEAKY);
        assertClose("input", dInput, start.input.data, 2e-4);
        for (const [layerName, wanted] of Object.entries({ first: start, second: middle })) {
          assertClose(layerName, got.get(layerName)!, wanted.weight.data, 2e-4);
          assertClose(`${layerName}, bias`, got.get(`${layerName} bias`)!, wanted.bias.data, 2e-4);
        }
        const passing = program.kernels.filter((kernel) => kernel.includes("_activated"));
        const activations = program.kernels.filter((kernel) => kernel.includes("dactivation"));
        assertEquals([passing.length, activations.length], family === "gpu" ? [0, 2] : [2, 0]);
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
