import { assertEquals, assertThrows } from "@std/assert";
import { concatenate } from "../../../pipeline/compute/network/ops/concatenate.ts";
import { addValues, scale } from "../../../pipeline/compute/ops/arithmetic.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { addValues64, scale64 } from "../../reference/arithmetic.ts";
import { concatenate64 } from "../../reference/concatenate.ts";
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

Deno.test("sums that are parts of a concatenation equal their float64 twins, used alone or not", async (t) => {
  for (const shape of shapes) {
    await t.step(`[${shape}]`, () =>
      checkOperation("sums joined", {
        inputs: [1, 2, 3].map((seed) => random64(new Rng(seed), shape, -2, 2)),
        operation: (tape, [a, b, c]) => {
          const sums = [addValues(tape, a, b, { scaleB: 3 }), addValues(tape, b, c)];
          const difference = addValues(tape, sums[0], a, { scaleB: -1 });
          return concatenate(tape, [...sums, difference]);
        },
        reference: ([a, b, c]) => {
          const sums = [addValues64(a, b, 1, 3), addValues64(b, c, 1, 1)];
          return concatenate64([...sums, addValues64(sums[0], a, 1, -1)]);
        },
        onGpu: ["arithmetic.add_twice"],
      }));
  }
  await t.step("without a pass that joins them", async () => {
    const tape = new Tape(await testGpu());
    const value = tape.persistent("value", [1, 5, 2, 3]);
    const sum = addValues(tape, value, value);
    tape.keep(concatenate(tape, [sum, addValues(tape, sum, value)]));
    assertEquals(
      tape.recorded().map(({ kernel }) => kernel.entryPoint),
      ["add_twice", "add", "copy"],
    );
  });
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
