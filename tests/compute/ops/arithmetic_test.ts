import { assertThrows } from "@std/assert";
import { addValues, scale } from "../../../pipeline/compute/ops/arithmetic.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { addValues64, scale64 } from "../../reference/arithmetic.ts";
import { random64 } from "../../reference/tensor64.ts";

const shapes: Shape[] = [[2, 3, 5, 7], [1, 6, 1, 3], [1, 1, 1, 1]];

Deno.test("addValues() equals its float64 twin, forward and backward", async (t) => {
  for (const shape of shapes) {
    for (const [scaleA, scaleB] of [[1, 1], [1, -1], [0.25, 3]]) {
      await t.step(`${scaleA} a + ${scaleB} b, [${shape}]`, () =>
        checkOperation("addValues", {
          inputs: [1, 2].map((seed) => random64(new Rng(seed), shape, -2, 2)),
          operation: (tape, [a, b]) => addValues(tape, a, b, { scaleA, scaleB }),
          reference: ([a, b]) => addValues64(a, b, scaleA, scaleB),
        }));
    }
  }
  await t.step("a value added to itself gets both gradients", () =>
    checkOperation("addValues", {
      inputs: [random64(new Rng(1), [1, 2, 3, 5], -2, 2)],
      operation: (tape, [a]) => addValues(tape, a, a, { scaleB: 2 }),
      reference: ([a]) => scale64(a, 3),
    }));
});

Deno.test("scale() equals its float64 twin, forward and backward", async (t) => {
  for (const shape of shapes) {
    await t.step(`[${shape}]`, () =>
      checkOperation("scale", {
        inputs: [random64(new Rng(1), shape, -2, 2)],
        operation: (tape, [value]) => scale(tape, value, -1.5),
        reference: ([value]) => scale64(value, -1.5),
      }));
  }
});

Deno.test("addValues() refuses values of different shapes or segments", async () => {
  const tape = new Tape(await testGpu());
  const flow = tape.value("flow", [1, 2, 4, 4]), other = tape.value("residual", [1, 2, 8, 8]);
  assertThrows(() => addValues(tape, flow, other), Error, "Cannot add residual to flow: wanted");
  const joined = tape.value("joined", [1, 2, 4, 4], [1, 1]);
  assertThrows(() => addValues(tape, flow, joined), Error, "segments [1,1]");
});
