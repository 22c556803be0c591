/** A convolution behind one with LeakyReLU: it passes the gradient through that activation, with the sums for the bias before it. */
import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { conv2d } from "../../../../../pipeline/compute/network/ops/conv2d.ts";
import { concatenate } from "../../../../../pipeline/compute/network/ops/concatenate.ts";
import type { ConvolutionOptions } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { addValues } from "../../../../../pipeline/compute/ops/arithmetic.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { Tape, type Value } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { random64, zeros64 } from "../../../../reference/tensor64.ts";
import { GuardedTape } from "../_guarded_tape.ts";

interface Case extends ConvolutionOptions {
  /** Of the first convolution, 1x1 with LeakyReLU, which keeps the channels. */
  readonly input: Shape;
  /** Channels of the second one, 3x3. */
  readonly output: number;
  /** Its kernel for the gradient of the input, on a CPU driver with subgroups of eight lanes. */
  readonly passes: string;
}

const CASES: Record<string, Case> = {
  "one pixel": { input: [2, 3, 1, 1], output: 2, passes: "convolution_direct" },
  "primes": { input: [2, 5, 7, 11], output: 13, passes: "convolution_shuffle_direct" },
  "many channels": { input: [2, 37, 5, 7], output: 13, passes: "convolution_shuffle_direct" },
  "few channels, many pixels": {
    input: [2, 6, 13, 11],
    output: 9,
    passes: "convolution_shuffle_direct",
  },
  "odd sides, stride 2": {
    input: [2, 35, 9, 7],
    output: 34,
    stride: 2,
    passes: "convolution_shuffle_direct",
  },
  "stride 2, dilation 2": {
    input: [1, 8, 9, 7],
    output: 9,
    stride: 2,
    dilation: 2,
    passes: "convolution_direct",
  },
  "dilation larger than the picture": {
    input: [1, 8, 6, 5],
    output: 8,
    dilation: 16,
    passes: "convolution_direct",
  },
  "many tiles": { input: [2, 61, 23, 26], output: 63, passes: "convolution_winograd" },
  "many tiles, dilation 3": {
    input: [1, 33, 23, 21],
    output: 32,
    dilation: 3,
    passes: "convolution_shuffle_direct",
  },
};

function operands({ input, output }: Case) {
  const rng = new Rng(3).fork(`${input} ${output}`), [, channels] = input;
  return {
    input: random64(rng.fork("input"), input, -1, 1),
    first: random64(rng.fork("first"), [channels, channels, 1, 1], -0.3, 0.3),
    firstBias: random64(rng.fork("first bias"), [channels, 1, 1, 1], -0.5, 0.5),
    second: random64(rng.fork("second"), [output, channels, 3, 3], -0.3, 0.3),
    secondBias: random64(rng.fork("second bias"), [output, 1, 1, 1], -0.5, 0.5),
  };
}

/** Records first and second of a case; `extra` makes more of the value between them. */
async function computePair(
  gpu: Gpu,
  test: Case,
  extra: (tape: Tape, between: Value, output: Value) => Value = (_, __, output) => output,
) {
  const { input, ...weights } = operands(test);
  const parameters = new Parameters(
    gpu,
    Object.entries(weights).map(([name, { shape }]) => ({
      name,
      kind: name.endsWith("Bias") ? "bias" : "weight",
      shape,
      inputSegments: [shape[1]],
    })),
  );
  parameters.write(new Map(Object.entries(weights).map(([name, { data }]) => [name, data])));
  const of = (name: keyof typeof weights) => parameters.get(name);
  const tape = gpu.family === "gpu" ? new GuardedTape(gpu, { reversed: false }) : new Tape(gpu);
  const x = tape.variable("x", input.shape);
  tape.write(x, input.data);
  const between = conv2d(tape, x, of("first"), of("firstBias"), { leakyRelu: true });
  const output = extra(tape, between, conv2d(tape, between, of("second"), of("secondBias"), test));
  const seed = random64(new Rng(5), output.shape, -1, 1);
  const dOutput = tape.persistent("seed", seed.shape, output.segments);
  tape.write(dOutput, seed.data);
  tape.backward(output, dOutput);
  const dx = tape.keep(tape.gradientOf(x));
  const program = await tape.finish();
  program.run();
  const gradients = await parameters.read("gradients"), dInput = await tape.read(dx);
  program.run();
  assertEquals(await parameters.read("gradients"), gradients, "two runs differ");
  if (tape instanceof GuardedTape) assertEquals(await tape.overwritten(), []);
  return { tape, between, kernels: program.kernels, gradients, dInput, seed, input, ...weights };
}

for (const family of ["cpu", "cpu without subgroups", "gpu"]) {
  Deno.test(`gradients through a convolution with LeakyReLU and the next equal their twins, ${family}`, async (t) => {
    const { device, adapter } = await testGpu();
    const gpu = new Gpu(device, {
      ...adapter,
      fallback: family !== "gpu",
      subgroupsOfEight: family === "cpu",
    });
    for (const [name, test] of Object.entries(CASES)) {
      await t.step(name, async () => {
        const got = await computePair(gpu, test);
        const { input, first, firstBias, second, secondBias, seed } = got;
        const leaky = { leakyRelu: true };
        const between = conv2d64(input, first, firstBias, leaky);
        const after = conv2dGradients64(between, second, secondBias, seed, test);
        const before = conv2dGradients64(input, first, firstBias, after.input, leaky);
        assertClose("input", got.dInput, before.input.data, 2e-4);
        assertClose("weight", got.gradients.get("first")!, before.weight.data, 2e-4);
        assertClose("bias", got.gradients.get("firstBias")!, before.bias.data, 2e-4);
        const passing = got.kernels.filter((kernel) => kernel.includes("_activated"));
        const activations = got.kernels.filter((kernel) => kernel.includes("dactivation"));
        assertEquals([passing.length, activations.length], [1, 0]);
        if (family === "cpu") assertEquals(passing[0].split(".")[0], test.passes);
      });
    }
  });
}

Deno.test("gradients of a convolution's output come in one to six parts, with LeakyReLU and without", async (t) => {
  const gpu = await testGpu();
  for (const leakyRelu of [false, true]) {
    for (const parts of [1, 2, 5, 6]) {
      await t.step(`${parts} parts, LeakyReLU ${leakyRelu}`, async () => {
        const test = { ...CASES["primes"], leakyRelu };
        const got = await computePair(
          gpu,
          test,
          (tape, between, output) =>
            concatenate(tape, [between, ...new Array<Value>(parts).fill(output)]),
        );
        const { input, first, firstBias, second, secondBias, seed } = got;
        const between = conv2d64(input, first, firstBias, { leakyRelu: true });
        const output = conv2d64(between, second, secondBias, test);
        // Channels of the seed: those of the value between, then those of each part.
        const [n, channels, h, w] = between.shape, co = output.shape[1];
        const all = channels + parts * co, dOutput = zeros64(output.shape);
        dOutput.data.forEach((_, i) => {
          const image = Math.floor(i / (co * h * w)), place = i % (co * h * w);
          for (let part = 0; part < parts; part++) {
            const from = (image * all + channels + part * co) * h * w + place;
            dOutput.data[i] += seed.data[from];
          }
        });
        assertEquals(n, seed.shape[0]);
        const wanted = conv2dGradients64(between, second, secondBias, dOutput, test);
        assertClose("weight", got.gradients.get("second")!, wanted.weight.data, 2e-4);
        assertClose("bias", got.gradients.get("secondBias")!, wanted.bias.data, 2e-4);
      });
    }
  }
});

Deno.test("a value whose activation was passed has no gradient to give, and takes none", async () => {
  const gpu = await testGpu(), square = { ...CASES["primes"], output: 5 };
  for (const more of [undefined, addValues]) {
    const { tape, between, kernels } = await computePair(gpu, square, more);
    assertEquals(kernels.filter((kernel) => kernel.includes("_activated")).length, 1);
    assertThrows(
      () => tape.gradientOf(between),
      Error,
      "Cannot give the gradient of output of first: the convolution that uses it has taken it through its LeakyReLU.",
    );
    assertThrows(
      () => tape.accumulate(between, tape.value("more", between.shape)),
      Error,
      "Cannot add to the gradient of output of first: one use has taken it through its activation",
    );
  }
  const joined = await computePair(
    gpu,
    square,
    (tape, between, output) => concatenate(tape, [output, between, between]),
  );
  const twoLeft = joined.kernels.filter((kernel) => kernel.includes("_activated"));
  assertEquals(twoLeft, [], "two summands are left by the concatenation");
});
