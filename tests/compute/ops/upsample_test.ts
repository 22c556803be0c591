import { assertThrows } from "@std/assert";
import {
  type Enlargement,
  upsample,
  upsampleTwice,
} from "../../../pipeline/compute/ops/upsample.ts";
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

Deno.test("upsampleTwice() equals two enlargements, each with its gradient", async (t) => {
  const sizes: [Shape, Enlargement, Enlargement][] = [
    [[2, 2, 5, 7], { height: 10, width: 14, factor: 2 }, { height: 20, width: 28, factor: 4 }],
    [[1, 6, 3, 1], { height: 11, width: 5, factor: 1.5 }, { height: 3, width: 2, factor: -1 }],
  ];
  for (const [shape, ...both] of sizes) {
    for (const index of [0, 1]) {
      await t.step(`[${shape}], enlargement ${index}`, () =>
        checkOperation("upsampleTwice", {
          inputs: [random64(new Rng(1), shape, -2, 2)],
          operation: (tape, [input]) => upsampleTwice(tape, input, ...both)[index],
          reference: ([input]) => {
            const { height, width, factor } = both[index];
            return upsample64(input, height, width, factor);
          },
          onGpu: ["upsample.forward_two"],
        }));
    }
  }
});

Deno.test("upsample() refuses to make a picture smaller", async () => {
  const tape = new Tape(await testGpu());
  const input = tape.value("picture", [1, 3, 8, 8]);
  assertThrows(() => upsample(tape, input, 4, 8), Error, "from 8x8 to 4x8");
});
