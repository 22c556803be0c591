/**
 * Tests an operation completely: its output and each gradient against a float64 reference, whose gradient is found by
 * central differences, the kernels twice for bit equality, and padding slots for zeros. The kernels for GPUs run on the
 * CPU driver as well, among NaN, with their threads in both orders.
 */
import { assert, assertEquals } from "@std/assert";
import { Gpu } from "../pipeline/compute/gpu/device.ts";
import { channelSlots, slotCount } from "../pipeline/compute/gpu/layout.ts";
import { readStorage } from "../pipeline/compute/gpu/tensor.ts";
import { Tape, type Value } from "../pipeline/compute/tape.ts";
import { Rng } from "../pipeline/common/rng.ts";
import { testGpu } from "./_adapter.ts";
import { assertSameBits, GuardedTape } from "./compute/network/ops/_guarded_tape.ts";
import { dot64, random64, type Tensor64 } from "./reference/tensor64.ts";

export interface OperationTest {
  /** Inputs in the order in which `operation` and `reference` take them. */
  readonly inputs: readonly Tensor64[];
  /** Which inputs receive a gradient; default all. */
  readonly differentiable?: readonly boolean[];
  /** Records the operation. */
  readonly operation: (tape: Tape, inputs: Value[]) => Value;
  /** The same in plain float64 loops. */
  readonly reference: (inputs: readonly Tensor64[]) => Tensor64;
  /** Allowed deviation of the output, relative to its largest magnitude. */
  readonly tolerance?: number;
  /** Allowed deviation of a gradient, relative to its largest magnitude; 0 checks no gradient. */
  readonly gradientTolerance?: number;
  /** Step of the central differences; inputs must keep further than this from kinks. */
  readonly step?: number;
  readonly exact?: boolean;
  /** Names of kernels that programs for a GPU must hold; given, these programs are tested, too. */
  readonly onGpu?: readonly string[];
}

/** Fails with the first mismatches. Deviation is relative to the largest wanted magnitude. */
export function assertClose(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
): number {
  assertEquals(got.length, want.length, `${name}: ${got.length} values, wanted ${want.length}`);
  let largest = 0, worst = 0;
  for (let i = 0; i < want.length; i++) largest = Math.max(largest, Math.abs(want[i]));
  const scale = largest || 1;
  const mismatches: string[] = [];
  for (let i = 0; i < want.length; i++) {
    const deviation = Math.abs(got[i] - want[i]) / scale;
    if (!(deviation <= tolerance) && mismatches.length < 5) {
      mismatches.push(`  [${i}] got ${got[i]}, wanted ${want[i]}`);
    }
    worst = Math.max(worst, Number.isNaN(deviation) ? Infinity : deviation);
  }
  assert(
    mismatches.length === 0,
    `${name}: worst deviation ${worst.toExponential(2)} exceeds ${tolerance} of ${scale}\n${
      mismatches.join("\n")
    }`,
  );
  return worst;
}

/** Values rounded to float32, so that device and reference start from the same numbers. */
export function rounded(tensor: Tensor64): Tensor64 {
  return { shape: tensor.shape, data: Float64Array.from(tensor.data, Math.fround) };
}

/** Sum of the magnitudes in the slots of a persistent value that hold no channel. */
async function paddingSum(
  gpu: Gpu,
  { storage, segments, shape: [n, , h, w] }: Value,
): Promise<number> {
  const data = await readStorage(gpu, storage);
  const channels = new Set(channelSlots(segments)), stride = slotCount(segments);
  return data.subarray(0, n * h * w * stride)
    .reduce((sum, value, i) => channels.has(i % stride) ? sum : sum + Math.abs(value), 0);
}

interface Prepared {
  readonly test: OperationTest;
  readonly inputs: readonly Tensor64[];
  readonly wantsGradient: readonly boolean[];
  readonly seed: Tensor64;
}

/** Records the operation with the gradients wanted, and runs it twice. */
async function measure(name: string, tape: Tape, { test, inputs, wantsGradient, seed }: Prepared) {
  const { gpu } = tape;
  const values = inputs.map(({ shape, data }, index) => {
    const value = wantsGradient[index]
      ? tape.variable(`input ${index}`, shape)
      : tape.persistent(`input ${index}`, shape);
    tape.write(value, data);
    return value;
  });
  const output = test.operation(tape, values);
  assertEquals(output.shape, seed.shape, `${name}: output shape`);
  const kept = [tape.keep(output)];
  if (wantsGradient.some(Boolean)) {
    const seedValue = tape.persistent("seed", seed.shape, output.segments);
    tape.write(seedValue, seed.data);
    tape.backward(output, seedValue);
    values.forEach((value, index) => {
      if (wantsGradient[index]) kept.push(tape.keep(tape.gradientOf(value)));
    });
  }
  const program = await tape.finish();
  const runOnce = async () => {
    program.run();
    return await Promise.all(kept.map((value) => tape.read(value)));
  };
  const first = await runOnce(), second = await runOnce();
  await gpu.finished();
  first.forEach((data, index) => assertEquals(data, second[index], `${name}: two runs differ`));
  for (const value of kept) {
    assertEquals(
      await paddingSum(gpu, value),
      0,
      `${name}: padding slots of ${value.label} must be 0`,
    );
  }
  return { results: first, kernels: program.kernels };
}

/** The results of the kernels for GPUs, which do not depend on the order of their threads. */
async function measureOnGpu(name: string, prepared: Prepared, wanted: readonly string[]) {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: false });
  const measured = [];
  for (const reversed of [false, true]) {
    const tape = new GuardedTape(gpu, { reversed });
    const order = `${name} on a GPU${reversed ? ", the threads in reversed order" : ""}`;
    const { results, kernels } = await measure(order, tape, prepared);
    const names = kernels.map((kernel) => kernel.replace("(REVERSED=1)", ""));
    assertEquals(wanted.filter((kernel) => !names.includes(kernel)), [], `${order}: not used`);
    assertEquals(await tape.overwritten(), [], `${order}: written beyond the end`);
    measured.push(results);
  }
  const [first, again] = measured;
  first.forEach((data, index) => assertSameBits(`${name}: order of threads`, again[index], data));
  return first;
}

/** Runs the whole check; see the file's head. */
export async function checkOperation(name: string, test: OperationTest): Promise<void> {
  const { tolerance = 2e-6, gradientTolerance = 2e-5, step = 1e-4, onGpu } = test;
  const inputs = test.inputs.map(rounded);
  const wanted = test.reference(inputs);
  const seed = random64(new Rng(7).fork(name), wanted.shape, -1, 1);
  const wantsGradient = inputs.map((_, index) =>
    gradientTolerance > 0 && (test.differentiable?.[index] ?? true)
  );
  const prepared = { test, inputs, wantsGradient, seed };
  const tape = new Tape(await testGpu(), { exact: test.exact ?? true });
  const measured = [(await measure(name, tape, prepared)).results];
  if (onGpu) measured.push(await measureOnGpu(name, prepared, onGpu));
  const title = (index: number) => index === 0 ? name : `${name} on a GPU`;
  measured.forEach(([output], index) =>
    assertClose(`${title(index)}: output`, output, wanted.data, tolerance)
  );
  let result = 1;
  inputs.forEach((input, index) => {
    if (!wantsGradient[index]) return;
    const gradient = new Float64Array(input.data.length);
    for (let i = 0; i < gradient.length; i++) {
      const moved = (by: number) => {
        const data = input.data.slice();
        data[i] += by;
        const changed = inputs.map((other, j) =>
          j === index ? { shape: input.shape, data } : other
        );
        return dot64(test.reference(changed).data, seed.data);
      };
      gradient[i] = (moved(step) - moved(-step)) / (2 * step);
    }
    measured.forEach((results, i) =>
      assertClose(
        `${title(i)}: gradient of input ${index}`,
        results[result],
        gradient,
        gradientTolerance,
      )
    );
    result++;
  });
}
