/** Gradients through the activations of parts of a concatenation, as the estimator of the network joins them. */
import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { concatenate } from "../../../../../pipeline/compute/network/ops/concatenate.ts";
import { correlation } from "../../../../../pipeline/compute/network/ops/correlation.ts";
import {
  CANDIDATES,
  FUSED_CANDIDATES,
  FUSED_TILINGS,
  HALO_TILINGS,
  tilingName,
  TILINGS,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import {
  recordForward,
  recordInputGradient,
} from "../../../../../pipeline/compute/network/ops/convolution/passes.ts";
import { describeConvolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import type { Parameter } from "../../../../../pipeline/compute/parameters.ts";
import { wholeOf } from "../../../../../pipeline/compute/record_gradient.ts";
import { Tape, type Value } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose, checkOperation } from "../../../../_operation.ts";
import { addValues64 } from "../../../../reference/arithmetic.ts";
import { concatenate64 } from "../../../../reference/concatenate.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { correlation64 } from "../../../../reference/correlation.ts";
import { random64, type Tensor64 } from "../../../../reference/tensor64.ts";
import { assertSameBits, GuardedTape } from "../_guarded_tape.ts";
import { channels64, layer, parametersOf } from "./_layers.ts";

const LEAKY = { leakyRelu: true };

/** [N, channels, H, W] of what all convolutions but the last give, and channels of that. */
const CASES: Record<string, [Shape, number]> = {
  "one pixel": [[2, 3, 1, 1], 2],
  "primes": [[2, 5, 7, 11], 13],
  "many channels": [[2, 37, 5, 7], 13],
  "many tiles": [[2, 61, 23, 26], 63],
};

/** A value a, a value b made of it, and what is made of both, joined. */
function layersOf([[, c], output]: typeof CASES[string]) {
  return {
    first: layer("first", [c], c, 1),
    second: layer("second", [c], c + 1, 3),
    third: layer("third", [c, c + 1], output, 3),
  };
}

function operandsOf(name: string) {
  const [shape, output] = CASES[name], [n, , h, w] = shape;
  return {
    input: random64(new Rng(4).fork(name), shape, -1, 1),
    seed: random64(new Rng(5), [n, output, h, w], -1, 1),
  };
}

/** Gradients of the input, and of the first two layers. */
function expected(name: string) {
  const { first, second, third } = layersOf(CASES[name]), { input, seed } = operandsOf(name);
  const c = input.shape[1];
  const a = conv2d64(input, first.weight, first.bias, LEAKY);
  const b = conv2d64(a, second.weight, second.bias, LEAKY);
  const last = conv2dGradients64(concatenate64([a, b]), third.weight, third.bias, seed, {});
  const dB = channels64(last.input, c, 2 * c + 1);
  const middle = conv2dGradients64(a, second.weight, second.bias, dB, LEAKY);
  const dA = addValues64(channels64(last.input, 0, c), middle.input, 1, 1);
  return { first: conv2dGradients64(input, first.weight, first.bias, dA, LEAKY), second: middle };
}

/** @param last records the last layer, of a value with the segments of a and b; absent: conv2d() */
async function compute(
  name: string,
  tape: Tape,
  last?: (joined: Value, weight: Parameter, bias: Parameter) => Value,
) {
  const { input, seed } = operandsOf(name);
  const { parameters, apply } = parametersOf(tape.gpu, layersOf(CASES[name]));
  const x = tape.variable("x", input.shape), dOutput = tape.persistent("seed", seed.shape);
  tape.write(x, input.data);
  tape.write(dOutput, seed.data);
  const a = apply(tape, x, "first", LEAKY);
  const b = apply(tape, a, "second", LEAKY);
  const joined = concatenate(tape, [a, b]);
  const output = last
    ? last(joined, parameters.get("third"), parameters.get("third bias"))
    : apply(tape, joined, "third", {});
  tape.backward(output, dOutput);
  const dX = tape.keep(tape.gradientOf(x));
  const program = await tape.finish();
  program.run();
  const gradients = await parameters.read("gradients"), dInput = await tape.read(dX);
  program.run();
  assertEquals(await parameters.read("gradients"), gradients, "two runs differ");
  return { kernels: program.kernels, gradients, dInput };
}

function assertExpected(
  { gradients, dInput }: Awaited<ReturnType<typeof compute>>,
  wanted: ReturnType<typeof expected>,
) {
  assertClose("input", dInput, wanted.first.input.data, 2e-4);
  for (const [layerName, { weight, bias }] of Object.entries(wanted)) {
    assertClose(layerName, gradients.get(layerName)!, weight.data, 2e-4);
    assertClose(`${layerName}, bias`, gradients.get(`${layerName} bias`)!, bias.data, 2e-4);
  }
}

for (const family of ["cpu", "cpu without subgroups", "gpu"]) {
  Deno.test(`gradients of two values of which one is used again and both are joined equal their twins, ${family}`, async (t) => {
    const { device, adapter } = await testGpu();
    const gpu = new Gpu(device, {
      ...adapter,
      fallback: family !== "gpu",
      subgroupsOfEight: family === "cpu",
    });
    for (const name of Object.keys(CASES)) {
      await t.step(name, async () => {
        const got = await compute(name, new Tape(gpu));
        assertExpected(got, expected(name));
        const passing = got.kernels.filter((kernel) => kernel.includes("_activated"));
        const activations = got.kernels.filter((kernel) => kernel.includes("dactivation"));
        assertEquals([passing.length, activations.length], [2, 0]);
      });
    }
  });
}

Deno.test("every kernel for GPUs takes gradients through the activations of what is joined, in any order of threads", async (t) => {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: false });
  const name = "primes", wanted = expected(name);
  const tilings = [...TILINGS, ...CANDIDATES, ...HALO_TILINGS];
  for (const kernel of [...tilings, ...FUSED_TILINGS, ...FUSED_CANDIDATES, "winograd"] as const) {
    const title = kernel === "winograd" ? kernel : tilingName(kernel);
    await t.step(title, async () => {
      const results = [];
      for (const reversed of [false, true]) {
        const tape = new GuardedTape(gpu, { reversed });
        const plan = {
          forward: TILINGS[5],
          dInput: kernel,
          dWeight: TILINGS[5],
          chunk: 64,
          planes: {},
        };
        // As conv2d(), by this plan.
        const got = await compute(name, tape, (joined, weight, bias) => {
          const convolution = describeConvolution(joined, weight, bias, {});
          const output = tape.value("out", operandsOf(name).seed.shape);
          recordForward(tape, convolution, plan, output.storage);
          tape.nodeOfSummands(output, [joined], ([{ storage }]) => {
            const dInput = tape.value("d joined", joined.shape, joined.segments);
            const passed = recordInputGradient(tape, convolution, plan, storage, dInput.storage);
            tape.accumulate(joined, { ...wholeOf(dInput), beforeActivation: passed });
          });
          return output;
        });
        assertExpected(got, wanted);
        assert(got.kernels.some((used) => /_activated/.test(used) && used.includes(title)), title);
        assertEquals(await tape.overwritten(), []);
        results.push(got.dInput);
      }
      assertSameBits("the threads in reversed order", results[1], results[0]);
    });
  }
});

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
