import { assertThrows } from "@std/assert";
import { upsample } from "../../../pipeline/compute/ops/upsample.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { random64 } from "../../reference/tensor64.ts";
import { upsample64 } from "../../reference/upsample.ts";

Deno.test("upsample() equals its float64 twin, forward and backward", async (t) => {
  const sizes: [Shape, number, number][] = [
    [[2, 2, 5, 7], 10, 14],
    [[1, 6, 7, 3], 28, 12],
    [[2, 1, 1, 3], 2, 6],
    [[1, 2, 1, 1], 4, 4],
    [[1, 3, 2, 13], 5, 17],
  ];
  for (const [shape, height, width] of sizes) {
    await t.step(`[${shape}] to ${height}x${width}`, () =>
      checkOperation("upsample", {
        inputs: [random64(new Rng(1), shape, -2, 2)],
        operation: (tape, [input]) => upsample(tape, input, height, width, { factor: 1.5 }),
        reference: ([input]) => upsample64(input, height, width, 1.5),
      }));
  }
});

Deno.test("upsample() refuses to make a picture smaller", async () => {
  const tape = new Tape(await testGpu());
  const input = tape.value("picture", [1, 3, 8, 8]);
  assertThrows(() => upsample(tape, input, 4, 8), Error, "from 8x8 to 4x8");
});
