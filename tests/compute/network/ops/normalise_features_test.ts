import { assertThrows } from "@std/assert";
import { normaliseFeatures } from "../../../../pipeline/compute/network/ops/normalise_features.ts";
import { Tape } from "../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../pipeline/common/rng.ts";
import type { Shape } from "../../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../../_adapter.ts";
import { assertClose, checkOperation } from "../../../_operation.ts";
import { normaliseFeatures64 } from "../../../reference/normalise_features.ts";
import { random64, type Tensor64 } from "../../../reference/tensor64.ts";

Deno.test("normaliseFeatures() equals its float64 twin, forward and backward", async (t) => {
  const shapes: Shape[] = [[2, 8, 5, 7], [1, 3, 7, 11], [3, 6, 1, 1], [2, 5, 13, 1], [1, 1, 1, 3]];
  for (const shape of shapes) {
    await t.step(`[${shape}]`, () =>
      checkOperation("normaliseFeatures", {
        inputs: [random64(new Rng(1), shape, -2, 3)],
        operation: (tape, [input]) => normaliseFeatures(tape, input),
        reference: ([input]) => normaliseFeatures64(input),
      }));
  }
});

const features = (low: number, high: number): Tensor64 =>
  random64(new Rng(2), [2, 6, 17, 13], low, high);

async function normalised({ shape, data }: Tensor64): Promise<Float32Array> {
  const tape = new Tape(await testGpu());
  const input = tape.persistent("features", shape);
  tape.write(input, data);
  const out = tape.keep(normaliseFeatures(tape, input));
  (await tape.finish()).run();
  return await tape.read(out);
}

Deno.test("normaliseFeatures() keeps its precision beside a large mean", async () => {
  const input = features(100, 101);
  // A mean near 100 is rounded to 8e-6, 3e-5 of the deviation 0.29; E[x²] - E[x]² would be off by 1e-2.
  assertClose("output", await normalised(input), normaliseFeatures64(input).data, 3e-5);
});

Deno.test("normaliseFeatures() turns a constant map to zero", async () => {
  const constant: Tensor64 = { shape: [1, 3, 4, 4], data: new Float64Array(48).fill(0.7) };
  assertClose("output", await normalised(constant), new Float64Array(48), 1e-4);
});

Deno.test("normaliseFeatures() refuses a concatenation", async () => {
  const tape = new Tape(await testGpu());
  const joined = tape.value("joined", [1, 5, 4, 4], [3, 2]);
  assertThrows(() => normaliseFeatures(tape, joined), Error, "concatenation of [3,2]");
});
