import { assertThrows } from "@std/assert";
import { swapHalves } from "../../../pipeline/compute/ops/swap_halves.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { swapHalves64 } from "../../reference/swap_halves.ts";
import { random64 } from "../../reference/tensor64.ts";

Deno.test("swapHalves() equals its float64 twin, forward and backward", async (t) => {
  const shapes: Shape[] = [[2, 3, 5, 7], [6, 2, 1, 3], [4, 5, 1, 1]];
  for (const shape of shapes) {
    await t.step(`[${shape}]`, () =>
      checkOperation("swapHalves", {
        inputs: [random64(new Rng(1), shape, -2, 2)],
        operation: (tape, [input]) => swapHalves(tape, input),
        reference: ([input]) => swapHalves64(input),
      }));
  }
});

Deno.test("swapHalves() refuses an odd batch", async () => {
  const tape = new Tape(await testGpu());
  const flow = tape.value("flow", [3, 2, 4, 4]);
  assertThrows(() => swapHalves(tape, flow), Error, "its batch must be even, got [3,2,4,4]");
});
