import { assertThrows } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { photometricL1 } from "../../../pipeline/compute/ops/photometric_l1.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { photometricL164 } from "../../reference/photometric_l1.ts";
import { random64 } from "../../reference/tensor64.ts";

Deno.test("photometricL1() equals its float64 twin, forward and backward", async (t) => {
  const sizes: Shape[] = [[2, 3, 5, 7], [1, 3, 1, 1], [3, 3, 1, 13], [1, 3, 11, 2]];
  for (const [n, c, h, w] of sizes) {
    await t.step(`[${[n, c, h, w]}]`, () => {
      const rng = new Rng(1);
      return checkOperation("photometricL1", {
        inputs: [
          random64(rng.fork("first"), [n, c, h, w], 0, 1),
          random64(rng.fork("second"), [n, c, h, w], 0, 1),
          random64(rng.fork("visible"), [n, 1, h, w], 0, 1),
        ],
        differentiable: [false, true, false],
        operation: (tape, [image1, image2, visible]) =>
          photometricL1(tape, image1, image2, visible),
        reference: ([image1, image2, visible]) => photometricL164(image1, image2, visible),
      });
    });
  }
});

Deno.test("photometricL1() names the operand whose shape does not fit", async () => {
  const tape = new Tape(await testGpu());
  const image = tape.value("frame 1", [2, 3, 8, 6]), mask = tape.value("mask", [2, 1, 8, 6]);
  const wide = tape.value("frame 2", [2, 3, 6, 8]), gray = tape.value("gray", [2, 1, 8, 6]);
  assertThrows(() => photometricL1(tape, image, wide, mask), Error, "frame 2 must be [2, 3, 8, 6]");
  assertThrows(() => photometricL1(tape, image, image, image), Error, "must be [2, 1, 8, 6]");
  assertThrows(() => photometricL1(tape, gray, gray, mask), Error, "gray must be [N, 3, H, W]");
});
