import { assertEquals } from "@std/assert";
import { readStorage } from "../../../../../pipeline/compute/gpu/tensor.ts";
import {
  directForward,
  directInputGradient,
  directParameterGradients,
} from "../../../../../pipeline/compute/network/ops/convolution/direct.ts";
import {
  CANDIDATES,
  type Tiling,
  tilingName,
  TILINGS,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import { describeConvolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { recordWaiting } from "../../../../../pipeline/compute/network/ops/convolution/together.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { type ConvolutionCase, convolutionTwin } from "../_convolution.ts";
import { assertSameBits, GuardedTape } from "../_guarded_tape.ts";

type Case = ConvolutionCase & { chunk: number };

const CASES: Record<string, Case> = {
  "one pixel": { input: [2, 3, 1, 1], output: 2, chunk: 1 },
  "more pixels than a tile": { input: [1, 5, 13, 11], output: 7, leakyRelu: true, chunk: 12 },
  "more outputs than a tile": { input: [1, 9, 3, 5], output: 133, chunk: 15 },
  "more inputs than a tile": { input: [2, 131, 3, 2], output: 5, chunk: 7 },
  "narrow pictures": { input: [5, 4, 3, 2], output: 6, leakyRelu: true, chunk: 11 },
  "stride 2": { input: [2, 12, 9, 14], output: 20, stride: 2, leakyRelu: true, chunk: 17 },
  "one row, stride 2": { input: [2, 4, 1, 9], output: 4, stride: 2, chunk: 100 },
  "stride 2, dilation 2": { input: [1, 8, 9, 7], output: 9, stride: 2, dilation: 2, chunk: 9 },
  "stride 2, dilation 3": { input: [1, 8, 9, 12], output: 9, stride: 2, dilation: 3, chunk: 9 },
  "dilation 5": { input: [1, 36, 8, 9], output: 12, dilation: 5, chunk: 100 },
  "dilation beyond the picture": { input: [2, 8, 3, 5], output: 9, dilation: 8, chunk: 7 },
  "1x1": { input: [2, 9, 5, 7], output: 24, kernel: 1, chunk: 70 },
  "1x1, stride 2": { input: [1, 7, 5, 4], output: 3, kernel: 1, stride: 2, chunk: 4 },
  "a concatenation": { input: [2, 9, 6, 7], output: 8, segments: [5, 2, 2], chunk: 30 },
};

const EXPECTED = Object.entries(CASES).map(([name, test]) => ({
  name,
  test,
  ...convolutionTwin(test),
}));

// Records one case; what it returns reads the results.
function record(
  tape: GuardedTape,
  { name, test, operands, output: wanted, seed }: typeof EXPECTED[number],
  { tiling, together }: Settings,
) {
  const { gpu } = tape;
  const { input, weight, bias } = operands;
  const inputSegments = test.segments ?? [input.shape[1]];
  const nothing = { kind: "weight", shape: [4, 8, 3, 3], inputSegments: [8] } as const;
  const parameters = new Parameters(gpu, [
    { ...nothing, name: "before" },
    { name: `weight, ${name}`, kind: "weight", shape: weight.shape, inputSegments },
    { ...nothing, name: "after" },
    { name: `bias, ${name}`, kind: "bias", shape: bias.shape, inputSegments: [] },
    { name: "last", kind: "bias", shape: [64, 1, 1, 1], inputSegments: [] },
  ]);
  const nan = new Float32Array(288).fill(NaN);
  parameters.write(
    new Map<string, ArrayLike<number>>([
      ["before", nan],
      [`weight, ${name}`, weight.data],
      ["after", nan],
      [`bias, ${name}`, bias.data],
      ["last", nan.subarray(0, 64)],
    ]),
  );
  const x = tape.persistent("x", input.shape, inputSegments);
  const output = tape.persistent("out", wanted.shape), dOutput = tape.persistent("d", wanted.shape);
  const dInput = tape.persistent("d x", input.shape, inputSegments);
  tape.write(x, input.data);
  tape.write(dOutput, seed.data);
  const values = [parameters.get(`weight, ${name}`), parameters.get(`bias, ${name}`)] as const;
  const convolution = describeConvolution(x, ...values, test);
  const down = { gradient: dOutput.storage };
  directForward(tape, convolution, tiling, output.storage);
  directInputGradient(tape, convolution, tiling, dOutput.storage, dInput.storage);
  // Three times: once replacing what is there, then adding to it, once with one chunk.
  for (const chunk of [test.chunk, 1 << 20, test.chunk]) {
    directParameterGradients(tape, convolution, { kernel: tiling, chunk }, down);
    if (!together) recordWaiting(tape);
  }
  return async () => {
    const gradients = await parameters.read("gradients");
    for (const name of ["before", "after", "last"]) {
      assertEquals(gradients.get(name)!.findIndex((value) => value !== 0), -1, `d ${name}`);
    }
    return {
      output: await tape.read(output),
      dInput: await tape.read(dInput),
      dWeight: gradients.get(`weight, ${name}`)!,
      dBias: gradients.get(`bias, ${name}`)!,
      // With their padding, and with what lies behind.
      stored: [
        await readStorage(gpu, output.storage),
        await readStorage(gpu, dInput.storage),
        await readStorage(gpu, parameters.gradients),
      ],
    };
  };
}

interface Settings {
  readonly tiling: Tiling;
  /** Gradients of the weight of three uses in one dispatch. */
  readonly together: boolean;
}

async function compute(
  cases: typeof EXPECTED,
  settings: Settings,
  { reversed }: { reversed: boolean },
) {
  const gpu = await testGpu();
  const tape = new GuardedTape(gpu, { reversed });
  const readers: ReturnType<typeof record>[] = [];
  for (const test of cases) readers.push(record(tape, test, settings));
  recordWaiting(tape);
  // Those in tiles; that of the sums is told, too, for another one of its file.
  assertEquals(tape.reversedKernels.size, reversed ? 4 : 0);
  (await tape.finish()).run();
  const results = [];
  for (const read of readers) results.push(await read());
  await gpu.finished();
  return results;
}

Deno.test("direct kernels in tiles equal the float64 twin, in any order of threads", async (t) => {
  for (const tiling of [...TILINGS, ...CANDIDATES]) {
    await t.step(tilingName(tiling), async () => {
      const alone = { tiling, together: false };
      const first = await compute(EXPECTED, alone, { reversed: false });
      EXPECTED.forEach(({ name, output, gradients }, index) => {
        const got = first[index];
        assertClose(`${name}, output`, got.output, output.data, 1e-6);
        assertClose(`${name}, gradient of the input`, got.dInput, gradients.input.data, 2e-6);
        const all = gradients.weight.data.map((value) => 3 * value);
        assertClose(`${name}, gradient of the weight`, got.dWeight, all, 2e-6);
        const allOfBias = gradients.bias.data.map((value) => 3 * value);
        assertClose(`${name}, gradient of the bias`, got.dBias, allOfBias, 2e-6);
      });
      for (const together of [false, true]) {
        const again = await compute(EXPECTED, { tiling, together }, { reversed: true });
        const how = `three ${together ? "together" : "alone"}, the threads in reversed order`;
        EXPECTED.forEach(({ name }, index) =>
          first[index].stored.forEach((stored, i) =>
            assertSameBits(`${name}, ${how}`, again[index].stored[i], stored)
          )
        );
      }
    });
  }
});
