import { assertThrows } from "@std/assert";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { takeHalf } from "../../../pipeline/compute/ops/take_half.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { takeHalf64 } from "../../reference/take_half.ts";
import { random64 } from "../../reference/tensor64.ts";

Deno.test("takeHalf() equals its float64 twin, forward and backward", async (t) => {
  const shapes: Shape[] = [[2, 3, 5, 7], [6, 5, 1, 3]];
  for (const half of ["first", "second"] as const) {
    for (const shape of shapes) {
      await t.step(`${half} half of [${shape}]`, () =>
        checkOperation("takeHalf", {
          inputs: [random64(new Rng(1), shape, -2, 2)],
          operation: (tape, [input]) => takeHalf(tape, input, half),
          reference: ([input]) => takeHalf64(input, half),
        }));
    }
  }
});

Deno.test("takeHalf() refuses an odd batch, and detached gives no gradient", async () => {
  const tape = new Tape(await testGpu());
  const odd = tape.value("flow", [3, 2, 4, 4]);
  assertThrows(() => takeHalf(tape, odd, "first"), Error, "its batch must be even, got [3,2,4,4]");
  const flow = tape.variable("flow", [2, 2, 4, 4]);
  const detached = takeHalf(tape, flow, "first", { detached: true });
  tape.backward(detached, tape.persistent("seed", detached.shape));
  assertThrows(() => tape.gradientOf(flow), Error, "flow has no gradient");
});
