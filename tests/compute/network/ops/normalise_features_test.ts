import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../../pipeline/compute/gpu/device.ts";
import { normaliseFeatures } from "../../../../pipeline/compute/network/ops/normalise_features.ts";
import { Tape } from "../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../pipeline/common/rng.ts";
import type { Shape } from "../../../../pipeline/compute/gpu/tensor.ts";
import { concatenate } from "../../../../pipeline/compute/network/ops/concatenate.ts";
import { testGpu } from "../../../_adapter.ts";
import { assertClose, checkOperation } from "../../../_operation.ts";
import { concatenate64 } from "../../../reference/concatenate.ts";
import { normaliseFeatures64 } from "../../../reference/normalise_features.ts";
import { assertSameBits, GuardedTape } from "./_guarded_tape.ts";
import { random64, type Tensor64 } from "../../../reference/tensor64.ts";

Deno.test("normaliseFeatures() equals its float64 twin, forward and backward", async (t) => {
  const shapes: Shape[] = [[2, 8, 5, 7], [1, 3, 7, 11], [3, 6, 1, 1], [2, 5, 13, 1], [1, 1, 1, 3]];
  for (const shape of shapes) {
    await t.step(`[${shape}]`, () =>
      checkOperation("normaliseFeatures", {
        inputs: [random64(new Rng(1), shape, -2, 3), random64(new Rng(5), shape, -1, 4)],
        operation: (tape, [first, second]) =>
          concatenate(tape, normaliseFeatures(tape, first, second)),
        reference: (inputs) => concatenate64(inputs.map(normaliseFeatures64)),
        onGpu: ["statistics", "combine", "normalise", "gradient_sums", "gradient"].map((name) =>
          `normalise_features_tree.${name}`
        ),
      }));
  }
});

const features = (low: number, high: number): Tensor64 =>
  random64(new Rng(2), [2, 6, 17, 13], low, high);

async function normalised({ shape, data }: Tensor64, fallback: boolean): Promise<Float32Array> {
  const { device, adapter } = await testGpu();
  const tape = new Tape(new Gpu(device, { ...adapter, fallback }));
  const [input, other] = ["features", "others"].map((label) => tape.persistent(label, shape));
  tape.write(input, data);
  const out = tape.keep(normaliseFeatures(tape, other, input)[1]);
  (await tape.finish()).run();
  return await tape.read(out);
}

Deno.test("normaliseFeatures() keeps its precision beside a large mean", async () => {
  const input = features(100, 101);
  for (const fallback of [true, false]) {
    // A mean near 100 is rounded to 8e-6, 3e-5 of the deviation 0.29; E[x²] - E[x]² would be off by 1e-2.
    assertClose("output", await normalised(input, fallback), normaliseFeatures64(input).data, 3e-5);
  }
});

Deno.test("normaliseFeatures() turns a constant map to zero", async () => {
  const constant: Tensor64 = { shape: [1, 3, 4, 4], data: new Float64Array(48).fill(0.7) };
  for (const fallback of [true, false]) {
    assertClose("output", await normalised(constant, fallback), new Float64Array(48), 1e-4);
  }
});

Deno.test("normaliseFeatures() combines the parts that workgroups of a GPU have of a sample", async () => {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: false });
  // 3 parts of 1934 vec4 or a little less, with means far apart.
  const shape: Shape = [2, 7, 29, 100], [, , h, w] = shape;
  const random = (seed: number) => random64(new Rng(seed), shape, -1, 1);
  const inputs = [random(3), random(5)], seeds = [random(4), random(6)];
  for (const { data } of inputs) {
    data.forEach((value, i) => data[i] = value + Math.floor(i / w) % h);
  }
  const measured: Float32Array[][] = [];
  for (const reversed of [false, true]) {
    const tape = new GuardedTape(gpu, { reversed });
    const written = ({ data }: Tensor64, kind: "variable" | "persistent") => {
      const value = tape[kind]("features", shape);
      tape.write(value, data);
      return value;
    };
    const [first, second] = inputs.map((input) => written(input, "variable"));
    const seed = concatenate(tape, seeds.map((gradient) => written(gradient, "persistent")));
    const outputs = normaliseFeatures(tape, first, second);
    tape.backward(concatenate(tape, outputs), seed);
    const kept = [...outputs, tape.gradientOf(first), tape.gradientOf(second)]
      .map((value) => tape.keep(value));
    const program = await tape.finish();
    program.run();
    measured.push(await Promise.all(kept.map((value) => tape.read(value))));
    assertEquals(program.kernels.filter((name) => name.includes("add_tree")).length, 1);
    assertEquals(await tape.overwritten(), []);
  }
  const [got, again] = measured;
  got.forEach((values, i) => assertSameBits(`result ${i}`, again[i], values));
  inputs.forEach((input, i) => {
    const wanted = normaliseFeatures64(input);
    assertClose("output", got[i], wanted.data, 2e-6);
    assertClose("gradient", got[2 + i], gradient64(input, wanted, seeds[i]), 5e-6);
  });
});

// The derivative, in closed form.
function gradient64({ shape, data }: Tensor64, output: Tensor64, seed: Tensor64): Float64Array {
  const size = data.length / shape[0], gradient = new Float64Array(data.length);
  const mean = (value: (i: number) => number, start: number) => {
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += value(i);
    return sum / size;
  };
  for (let start = 0; start < data.length; start += size) {
    const centre = mean((i) => data[i], start);
    const deviation = Math.sqrt(mean((i) => (data[i] - centre) ** 2, start) + 1e-5);
    const plain = mean((i) => seed.data[i], start);
    const projected = mean((i) => seed.data[i] * output.data[i], start);
    for (let i = start; i < start + size; i++) {
      gradient[i] = (seed.data[i] - plain - output.data[i] * projected) / deviation;
    }
  }
  return gradient;
}

Deno.test("normaliseFeatures() refuses a concatenation", async () => {
  const tape = new Tape(await testGpu());
  const plain = tape.value("plain", [1, 5, 4, 4]),
    joined = tape.value("joined", [1, 5, 4, 4], [3, 2]);
  assertThrows(() => normaliseFeatures(tape, plain, joined), Error, "concatenation of [3,2]");
});

Deno.test("normaliseFeatures() refuses maps of two shapes", async () => {
  const tape = new Tape(await testGpu());
  const first = tape.value("first", [1, 5, 4, 4]), second = tape.value("second", [1, 5, 4, 3]);
  assertThrows(() => normaliseFeatures(tape, first, second), Error, "the second is [1,5,4,3]");
});

Deno.test("normaliseFeatures() refuses a gradient of one map alone", async () => {
  const tape = new Tape(await testGpu());
  const [first, second, seed] = ["first", "second", "seed"]
    .map((label) => tape.variable(label, [1, 5, 4, 4]));
  const [output] = normaliseFeatures(tape, first, second);
  assertThrows(() => tape.backward(output, seed), Error, "only one of them is used");
});
