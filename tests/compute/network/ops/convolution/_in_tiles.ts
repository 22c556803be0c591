/** Runs 3x3 convolutions of stride 1, and the gradients of their inputs, by kernels in tiles, whatever a choice would be, for the tests. */
import { assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import { readStorage, type Storage } from "../../../../../pipeline/compute/gpu/tensor.ts";
import {
  type Convolution,
  describeConvolution,
} from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { type ConvolutionCase, convolutionTwin } from "../_convolution.ts";
import { assertSameBits, GuardedTape } from "../_guarded_tape.ts";

const CASES: Record<string, ConvolutionCase> = {
  "two pixels": { input: [2, 3, 1, 2], output: 2 },
  "more pixels than a tile, each way": { input: [2, 5, 19, 35], output: 3, leakyRelu: true },
  "a tile exactly": { input: [1, 8, 16, 16], output: 16, leakyRelu: true },
  "one pixel more than a tile": { input: [1, 4, 17, 17], output: 8 },
  "more outputs than a tile": { input: [1, 7, 5, 3], output: 67 },
  "more inputs than a tile": { input: [2, 41, 3, 5], output: 6, leakyRelu: true },
  "many narrow pictures": { input: [7, 9, 3, 2], output: 13 },
  "dilation 2": { input: [2, 12, 11, 13], output: 10, dilation: 2, leakyRelu: true },
  "dilation 5, not all classes in the picture": { input: [2, 4, 3, 7], output: 6, dilation: 5 },
  "dilation 4, several tiles of a class": { input: [1, 4, 37, 70], output: 4, dilation: 4 },
  "a concatenation": { input: [2, 9, 6, 7], output: 8, segments: [5, 2, 2] },
};

const EXPECTED = Object.entries(CASES).map(([name, test]) => ({
  name,
  test,
  ...convolutionTwin(test),
}));

/** Records both passes of a convolution. */
export type RecordPasses = (
  tape: GuardedTape,
  convolution: Convolution,
  storages: Readonly<Record<"output" | "dOutput" | "dInput", Storage>>,
) => void;

// Records one case; what it returns reads the results.
function record(
  tape: GuardedTape,
  { name, test, operands, output: wanted, seed }: typeof EXPECTED[number],
  passes: RecordPasses,
) {
  const { gpu } = tape;
  const { input, weight, bias } = operands;
  const inputSegments = test.segments ?? [input.shape[1]];
  const nothing = { kind: "weight", shape: [4, 8, 3, 3], inputSegments: [8] } as const;
  const parameters = new Parameters(gpu, [
    { ...nothing, name: "before" },
    { name: `weight, ${name}`, kind: "weight", shape: weight.shape, inputSegments },
    { ...nothing, name: "after" },
    { name: "bias", kind: "bias", shape: bias.shape, inputSegments: [] },
  ]);
  const nan = new Float32Array(288).fill(NaN);
  parameters.write(
    new Map<string, ArrayLike<number>>([
      ["before", nan],
      [`weight, ${name}`, weight.data],
      ["after", nan],
      ["bias", bias.data],
    ]),
  );
  const x = tape.persistent(`x, ${name}`, input.shape, inputSegments);
  const output = tape.persistent(`out, ${name}`, wanted.shape);
  const dOutput = tape.persistent("d out", wanted.shape);
  const dInput = tape.persistent(`d x, ${name}`, input.shape, inputSegments);
  tape.write(x, input.data);
  tape.write(dOutput, seed.data);
  const convolution = describeConvolution(
    x,
    parameters.get(`weight, ${name}`),
    parameters.get("bias"),
    test,
  );
  passes(tape, convolution, {
    output: output.storage,
    dOutput: dOutput.storage,
    dInput: dInput.storage,
  });
  return async () => ({
    output: await tape.read(output),
    dInput: await tape.read(dInput),
    // With their padding, and with what lies behind.
    stored: [await readStorage(gpu, output.storage), await readStorage(gpu, dInput.storage)],
  });
}

async function compute(passes: RecordPasses, reversed: boolean) {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: false });
  const tape = new GuardedTape(gpu, { reversed });
  const readers = EXPECTED.map((test) => record(tape, test, passes));
  assertEquals(tape.reversedKernels.size, reversed ? 2 : 0);
  (await tape.finish()).run();
  const results = [];
  for (const read of readers) results.push(await read());
  assertEquals(await tape.overwritten(), []);
  await gpu.finished();
  return results;
}

/**
 * Compares both passes with the float64 twin, and their bits with those of a second run, and of one with the threads in reversed order.
 * @param tolerances relative to the largest output, and to the largest gradient
 */
export async function checkInTiles(
  passes: RecordPasses,
  tolerances: { output: number; gradient: number },
): Promise<void> {
  const first = await compute(passes, false);
  EXPECTED.forEach(({ name, output, gradients }, index) => {
    const got = first[index];
    assertClose(`${name}, output`, got.output, output.data, tolerances.output);
    const wanted = gradients.input.data;
    assertClose(`${name}, gradient of the input`, got.dInput, wanted, tolerances.gradient);
  });
  for (const reversed of [false, true]) {
    const again = await compute(passes, reversed);
    EXPECTED.forEach(({ name }, index) =>
      first[index].stored.forEach((stored, i) =>
        assertSameBits(`${name}, reversed ${reversed}`, again[index].stored[i], stored)
      )
    );
  }
}
