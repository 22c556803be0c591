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
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";

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
  const down = { gradient: dOutput.storage, biasSums, biasChunks: 2 };
  directForward(tape, convolution, kernel, output.storage);
  directInputGradient(tape, convolution, kernel, dOutput.storage, dInput.storage);
  // Twice: once replacing what is there, once adding to it, with one chunk.
  directParameterGradients(tape, convolution, { kernel, chunk: test.chunk }, down);
  directParameterGradients(tape, convolution, { kernel, chunk: 1 << 20 }, down);
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
