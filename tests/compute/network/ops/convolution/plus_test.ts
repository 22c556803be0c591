/** Convolutions that add another value to their output, among others that use it, as the network refines its flow. */
import { assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { concatenate } from "../../../../../pipeline/compute/network/ops/concatenate.ts";
import { Tape, type Value } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose, checkOperation } from "../../../../_operation.ts";
import { addValues64 } from "../../../../reference/arithmetic.ts";
import { concatenate64 } from "../../../../reference/concatenate.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { random64, type Tensor64 } from "../../../../reference/tensor64.ts";
import { channels64, layer, parametersOf } from "./_layers.ts";

const LEAKY = { leakyRelu: true };
const sum64 = (a: Tensor64, b: Tensor64) => addValues64(a, b, 1, 1);

/** [N, channels, H, W] of the features, and channels of the flow. */
const CASES: Record<string, [Shape, number]> = {
  "one pixel": [[2, 3, 1, 1], 2],
  "primes": [[2, 5, 7, 11], 2],
  "many channels": [[2, 37, 5, 7], 13],
  "many tiles": [[2, 61, 23, 26], 63],
};

for (const family of ["exact", "cpu", "cpu without subgroups", "gpu"]) {
  Deno.test(`a flow refined twice, between alone and as a part of another value, equals its twin, ${family}`, async (t) => {
    const { device, adapter } = await testGpu();
    const exact = family === "exact", onGpu = family === "gpu";
    const subgroupsOfEight = adapter.subgroupsOfEight && !family.includes("without");
    const gpu = new Gpu(device, { ...adapter, fallback: !onGpu, subgroupsOfEight });
    for (const [name, [shape, output]] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const [n, c, h, w] = shape;
        const layers = {
          features: layer("features", [c], c, 1),
          estimate: layer("estimate", [c], output, 3),
          context: layer("context", [c, output], output, 3),
        };
        const { parameters, apply } = parametersOf(gpu, layers);
        const [input, before, seed] = [shape, [n, output, h, w], [n, output, h, w]].map((size, i) =>
          random64(new Rng(4).fork(`${name} ${i}`), size as Shape, -1, 1)
        );
        const tape = new Tape(gpu, { exact });
        const [x, start] = [input, before].map(({ shape }, i) => tape.variable(`${i}`, shape));
        const dOutput = tape.persistent("seed", seed.shape);
        tape.write(x, input.data);
        tape.write(start, before.data);
        tape.write(dOutput, seed.data);
        const a = apply(tape, x, "features", LEAKY);
        const coarse = apply(tape, a, "estimate", { plus: start });
        const joined = concatenate(tape, [a, coarse]);
        const fine = apply(tape, joined, "context", { plus: coarse });
        const kept = [tape.keep(fine)];
        tape.backward(fine, dOutput);
        kept.push(...[x, start].map((value) => tape.keep(tape.gradientOf(value))));
        const program = await tape.finish();
        program.run();
        const [flow, dX, dStart] = await Promise.all(kept.map((value) => tape.read(value)));
        const got = await parameters.read("gradients");
        program.run();
        assertEquals(await parameters.read("gradients"), got, "two runs differ");

        const { features, estimate, context } = layers;
        const a64 = conv2d64(input, features.weight, features.bias, LEAKY);
        const coarse64 = sum64(before, conv2d64(a64, estimate.weight, estimate.bias, {}));
        const joined64 = concatenate64([a64, coarse64]);
        const fine64 = sum64(coarse64, conv2d64(joined64, context.weight, context.bias, {}));
        const last = conv2dGradients64(joined64, context.weight, context.bias, seed, {});
        const dCoarse = sum64(seed, channels64(last.input, c, c + output));
        const middle = conv2dGradients64(a64, estimate.weight, estimate.bias, dCoarse, {});
        const dA = sum64(channels64(last.input, 0, c), middle.input);
        const first = conv2dGradients64(input, features.weight, features.bias, dA, LEAKY);
        const value = exact ? 2e-6 : 5e-5, gradient = exact ? 5e-6 : 2e-4;
        assertClose("flow", flow, fine64.data, value);
        assertClose("input", dX, first.input.data, gradient);
        assertClose("flow before", dStart, dCoarse.data, gradient);
        const wanted = { features: first, estimate: middle, context: last };
        for (const [name, { weight, bias }] of Object.entries(wanted)) {
          assertClose(name, got.get(name)!, weight.data, gradient);
          assertClose(`${name}, bias`, got.get(`${name} bias`)!, bias.data, gradient);
        }
        const named = (pattern: RegExp) => program.kernels.filter((kernel) => pattern.test(kernel));
        assertEquals(named(/arithmetic\.add\b|arithmetic\.add_twice|concatenate/), []);
        assertEquals([named(/_twice\(PLUS=1/).length, named(/PLUS=1/).length], [1, 2]);
        assertEquals(named(/_activated/).length, exact ? 0 : 1);
      });
    }
  });
}

Deno.test("gradients of what is added go through its activation once all its uses have left theirs", async (t) => {
  const layers = {
    first: layer("first", [3], 5, 3),
    second: layer("second", [5], 5, 1),
    third: layer("third", [3], 5, 3),
  };
  type Apply<T> = (input: T, name: keyof typeof layers, options?: { plus?: T }) => T;
  interface Operations<T> {
    readonly convolve: Apply<T>;
    readonly leaky: (input: T, name: keyof typeof layers) => T;
    readonly join: (parts: T[]) => T;
  }
  const CHAINS: Record<string, <T>(x: T, operations: Operations<T>) => T> = {
    "by the input of the same convolution": (x, { convolve, leaky }) => {
      const a = leaky(x, "first");
      return convolve(a, "second", { plus: a });
    },
    "before another convolution": (x, { convolve, leaky, join }) => {
      const a = leaky(x, "first");
      return join([convolve(x, "third", { plus: a }), convolve(a, "second")]);
    },
    "behind another convolution": (x, { convolve, leaky }) => {
      const a = leaky(x, "first");
      return convolve(convolve(a, "second"), "second", { plus: a });
    },
  };
  for (const [name, chain] of Object.entries(CHAINS)) {
    await t.step(name, () =>
      checkOperation(name, {
        inputs: [random64(new Rng(2), [2, 3, 3, 5], -1, 1)],
        operation: (tape, [x]) => {
          const { apply } = parametersOf(tape.gpu, layers);
          return chain<Value>(x, {
            convolve: (input, name, options = {}) => apply(tape, input, name, options),
            leaky: (input, name) => apply(tape, input, name, LEAKY),
            join: (parts) => concatenate(tape, parts),
          });
        },
        reference: ([x]) => {
          const convolve: Apply<Tensor64> = (input, name, { plus } = {}) => {
            const output = conv2d64(input, layers[name].weight, layers[name].bias, {});
            return plus ? sum64(output, plus) : output;
          };
          const leaky = (input: Tensor64, name: keyof typeof layers) =>
            conv2d64(input, layers[name].weight, layers[name].bias, LEAKY);
          return chain(x, { convolve, leaky, join: concatenate64 });
        },
        exact: false,
        tolerance: 5e-5,
        gradientTolerance: 2e-4,
        onGpu: [],
      }));
  }
});
