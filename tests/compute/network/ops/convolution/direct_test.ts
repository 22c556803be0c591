import { assertEquals } from "@std/assert";
import { persistentStorage, readStorage } from "../../../../../pipeline/compute/gpu/tensor.ts";
import type { DirectKernel } from "../../../../../pipeline/compute/network/ops/convolution/choice.ts";
import {
  directForward,
  directInputGradient,
  directParameterGradients,
} from "../../../../../pipeline/compute/network/ops/convolution/direct.ts";
import {
  type ConvolutionOptions,
  describeConvolution,
} from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { recordWaiting } from "../../../../../pipeline/compute/network/ops/convolution/together.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { assertSameBits, GuardedTape } from "../_guarded_tape.ts";

type Case = ConvolutionOptions & { input: Shape; output: number; kernel?: number; chunk: number };

const CASES: Record<string, Case> = {
  "few channels": { input: [2, 4, 9, 7], output: 3, chunk: 200 },
  "more than a group": { input: [1, 37, 11, 13], output: 41, leakyRelu: true, chunk: 31 },
  "stride 2": { input: [2, 12, 9, 14], output: 20, stride: 2, leakyRelu: true, chunk: 17 },
  "dilation 5": { input: [1, 36, 8, 9], output: 12, dilation: 5, chunk: 100 },
  "dilation beyond the picture": { input: [2, 8, 3, 5], output: 9, dilation: 8, chunk: 7 },
  "1x1": { input: [2, 9, 5, 7], output: 24, kernel: 1, chunk: 70 },
};

// Output, gradient of the input, and gradients of the parameters, all from one kernel variant.
async function compute(test: Case, kernel: DirectKernel) {
  const gpu = await testGpu();
  const rng = new Rng(6).fork(`${test.input} ${test.output}`);
  const noise = (count: number) => Float32Array.from({ length: count }, () => rng.uniform(-1, 1));
  const [, ci] = test.input, side = test.kernel ?? 3;
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [test.output, ci, side, side], inputSegments: [ci] },
    { name: "b", kind: "bias", shape: [test.output, 1, 1, 1], inputSegments: [] },
  ]);
  parameters.write(
    new Map([["w", noise(test.output * ci * side ** 2)], ["b", noise(test.output)]]),
  );
  const tape = new Tape(gpu);
  const input = tape.persistent("x", test.input);
  tape.write(input, noise(test.input.reduce((product, size) => product * size, 1)));
  const convolution = describeConvolution(input, parameters.get("w"), parameters.get("b"), test);
  const { batch, outputHeight, outputWidth } = convolution;
  const output = tape.persistent("out", [batch, test.output, outputHeight, outputWidth]);
  const dOutput = tape.persistent("d out", output.shape);
  tape.write(dOutput, noise(batch * test.output * outputHeight * outputWidth));
  const dInput = tape.persistent("d x", input.shape);
  const biasSums = persistentStorage(gpu, "sums", noise(2 * 4 * convolution.outputSlots));
  const down = { gradient: dOutput.storage, bias: { sums: biasSums, chunks: 2 } };
  directForward(tape, convolution, kernel, output.storage);
  directInputGradient(tape, convolution, kernel, dOutput.storage, dInput.storage);
  // Twice: once replacing what is there, once adding to it, with one chunk.
  directParameterGradients(tape, convolution, { kernel, chunk: test.chunk }, down);
  directParameterGradients(tape, convolution, { kernel, chunk: 1 << 20 }, down);
  recordWaiting(tape);
  (await tape.finish()).run();
  const storages = [output.storage, dInput.storage, parameters.gradients];
  const results = [];
  for (const storage of storages) results.push(await readStorage(gpu, storage));
  await gpu.finished();
  return results;
}

Deno.test("generated direct kernels equal the readable ones", async (t) => {
  const { subgroupsOfEight } = (await testGpu()).adapter;
  for (const [name, test] of Object.entries(CASES)) {
    const [output, dInput, gradients] = await compute(test, "readable");
    for (const lanes of subgroupsOfEight ? [8, 4, 2] as const : []) {
      await t.step(`${name}, ${lanes} lanes`, async () => {
        const got = await compute(test, lanes);
        assertClose("output", got[0], output, 1e-6);
        assertClose("gradient of the input", got[1], dInput, 1e-6);
        assertClose("gradients of the parameters", got[2], gradients, 2e-6);
      });
    }
  }
});

/** Few pixels, as in one chunk; the sizes of the three differ in everything. */
const TRIPLES: Record<string, [Case, Case, Case]> = {
  "3x3": [
    CASES["few channels"],
    { ...CASES["more than a group"], input: [2, 37, 11, 13] },
    CASES["stride 2"],
  ],
  "one tap": [CASES["1x1"], CASES["dilation beyond the picture"], CASES["1x1"]],
};
const WHOLE = 1 << 20;

// Gradients of the parameters of several convolutions twice, the second time added to the first, and the kernels for them.
async function gradientsOf(cases: readonly Case[], kernel: DirectKernel, apart: boolean) {
  const gpu = await testGpu();
  const parameters = new Parameters(
    gpu,
    cases.flatMap(({ input: [, ci], output, kernel: side = 3 }, index) => [
      { name: `w${index}`, kind: "weight", shape: [output, ci, side, side], inputSegments: [ci] },
      { name: `b${index}`, kind: "bias", shape: [output, 1, 1, 1], inputSegments: [] },
    ]),
  );
  const tape = new GuardedTape(gpu, { reversed: false });
  const recorded: string[] = [];
  const dispatch = tape.dispatch.bind(tape);
  tape.dispatch = (used, operands) => {
    recorded.push(used.label);
    dispatch(used, operands);
  };
  const noise = (label: string, shape: Shape) => {
    const rng = new Rng(9).fork(label), value = tape.persistent(label, shape);
    const count = shape.reduce((product, size) => product * size, 1);
    tape.write(value, Float32Array.from({ length: count }, () => rng.uniform(-1, 1)));
    return value;
  };
  const seed = noise("seed", [1, 1, 1, 1]);
  for (const round of [1, 2]) {
    cases.forEach((test, index) => {
      const weight = parameters.get(`w${index}`), bias = parameters.get(`b${index}`);
      const x = noise(`x${index} ${round}`, test.input);
      const convolution = describeConvolution(x, weight, bias, test);
      const { batch, outputHeight, outputWidth } = convolution;
      const shape = [batch, test.output, outputHeight, outputWidth] as const;
      const { storage } = noise(`d${index} ${round}`, shape);
      const down = { gradient: storage, bias: { sums: seed.storage, chunks: 1 } };
      directParameterGradients(tape, convolution, { kernel, chunk: WHOLE }, down);
      if (apart) recordWaiting(tape);
    });
  }
  recordWaiting(tape);
  const program = await tape.finish();
  const run = async () => {
    program.run();
    return await readStorage(gpu, parameters.gradients);
  };
  const gradients = await run();
  assertSameBits("gradients, again", await run(), gradients);
  await gpu.finished();
  return { gradients, recorded };
}

Deno.test("gradients of three convolutions in one dispatch equal those of each alone", async (t) => {
  const { subgroupsOfEight } = (await testGpu()).adapter;
  for (const [name, cases] of Object.entries(TRIPLES)) {
    for (const kernel of ["readable", ...subgroupsOfEight ? [8, 4, 2] as const : []] as const) {
      for (const count of [3, 2]) {
        await t.step(`${name}, ${kernel}, ${count} convolutions`, async () => {
          const some = cases.slice(0, count);
          const alone = await gradientsOf(some, kernel, true);
          const joint = await gradientsOf(some, kernel, false);
          assertEquals(joint.recorded, ["convolution_joint_direct", "convolution_joint_direct"]);
          assertEquals(alone.recorded.includes("convolution_joint_direct"), false);
          assertClose("gradients", joint.gradients, alone.gradients, 1e-6);
        });
      }
    }
  }
});
