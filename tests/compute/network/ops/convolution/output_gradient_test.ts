/** The pass of an output's gradient through LeakyReLU, with sums for the bias on a CPU driver, and without on a GPU. */
import { assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import { readStorage, type Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { outputGradient } from "../../../../../pipeline/compute/network/ops/convolution/activation.ts";
import type { Convolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { wholeOf } from "../../../../../pipeline/compute/record_gradient.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { random64 } from "../../../../reference/tensor64.ts";
import { GuardedTape } from "../_guarded_tape.ts";

const CASES: Record<string, { shape: Shape; leakyRelu: boolean; summands: number }> = {
  "one pixel": { shape: [1, 3, 1, 1], leakyRelu: true, summands: 1 },
  "one slot": { shape: [3, 4, 7, 11], leakyRelu: true, summands: 2 },
  "no activation": { shape: [3, 2, 7, 11], leakyRelu: false, summands: 1 },
  "threads beyond the last pixel of a slot": {
    shape: [2, 44, 13, 17],
    leakyRelu: true,
    summands: 4,
  },
  "no activation, many slots": { shape: [1, 116, 9, 8], leakyRelu: false, summands: 1 },
  "more slots than threads": { shape: [1, 1030, 3, 5], leakyRelu: true, summands: 1 },
  "chunks longer than the least": { shape: [1, 2, 133, 131], leakyRelu: true, summands: 1 },
};

async function compute(
  { shape, leakyRelu, summands }: typeof CASES[string],
  family: "cpu" | "gpu",
) {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: family === "cpu" });
  const tape = new GuardedTape(gpu, { reversed: false });
  const rng = new Rng(2);
  const output = tape.persistent("out", shape);
  const given = random64(rng.fork("output"), shape, -1, 1);
  tape.write(output, given.data);
  const parts = Array.from({ length: summands }, (_, i) => {
    const part = tape.persistent(`d out ${i}`, shape),
      data = random64(rng.fork(`${i}`), shape, -1, 1);
    tape.write(part, data.data);
    return { part, data: data.data };
  });
  const [batch, channels, outputHeight, outputWidth] = shape;
  const outputSlots = Math.ceil(channels / 4);
  const convolution = { batch, outputHeight, outputWidth, outputSlots, leakyRelu } as Convolution;
  const down = outputGradient(tape, convolution, parts.map(({ part }) => wholeOf(part)), output);
  (await tape.finish()).run();
  const gradient = await tape.read({ ...output, storage: down.gradient });
  const { bias } = down;
  const sums = bias &&
    (await readStorage(gpu, bias.sums)).subarray(0, 4 * bias.chunks * outputSlots);
  const overwritten = await tape.overwritten();
  await gpu.finished();
  assertEquals(overwritten, []);
  const wanted = gradient.map((_, i) =>
    parts.reduce((sum, { data }) => sum + data[i], 0) * (leakyRelu && given.data[i] <= 0 ? 0.1 : 1)
  );
  const ofBias = new Float64Array(4 * outputSlots);
  sums?.forEach((value, i) => ofBias[i % ofBias.length] += value);
  const wantedOfBias = new Float64Array(4 * outputSlots), pixels = outputHeight * outputWidth;
  wanted.forEach((value, i) => wantedOfBias[Math.floor(i / pixels) % channels] += value);
  return { gradient, ofBias: sums && ofBias, wanted, wantedOfBias };
}

for (const [name, test] of Object.entries(CASES)) {
  Deno.test(`outputGradient() equals its float64 twin, ${name}`, async (t) => {
    for (const family of ["cpu", "gpu"] as const) {
      await t.step(family, async () => {
        const { gradient, ofBias, wanted, wantedOfBias } = await compute(test, family);
        assertClose("gradient", gradient, wanted, 1e-6);
        if (family === "gpu") assertEquals(ofBias, undefined, "the kernels of the weight sum");
        else assertClose("sums for the bias", ofBias!, wantedOfBias, 2e-6);
      });
    }
  });
}
