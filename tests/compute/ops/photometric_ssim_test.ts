import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { photometricSsim } from "../../../pipeline/compute/ops/photometric_ssim.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { photometricSsim64 } from "../../reference/photometric_ssim.ts";
import { random64, type Tensor64 } from "../../reference/tensor64.ts";

function binaryMask(rng: Rng, shape: Shape): Tensor64 {
  const mask = random64(rng, shape, 0, 1);
  return { shape, data: mask.data.map((value) => value < 0.3 ? 0 : 1) };
}

Deno.test("photometricSsim() equals its float64 twin, forward and backward", async (t) => {
  // The sides cross the eight rows that one invocation walks down.
  const sizes: Shape[] = [[2, 3, 5, 7], [1, 3, 3, 3], [1, 3, 11, 3], [2, 3, 3, 13], [1, 3, 17, 5]];
  for (const [n, c, h, w] of sizes) {
    for (const mask of ["fractional", "binary"]) {
      await t.step(`[${[n, c, h, w]}], ${mask} mask`, () => {
        const rng = new Rng(1);
        const maskRng = rng.fork("visible");
        return checkOperation("photometricSsim", {
          inputs: [
            random64(rng.fork("first"), [n, c, h, w], 0, 1),
            random64(rng.fork("second"), [n, c, h, w], 0, 1),
            mask === "binary"
              ? binaryMask(maskRng, [n, 1, h, w])
              : random64(maskRng, [n, 1, h, w], 0.2, 1),
          ],
          differentiable: [false, true, false],
          operation: (tape, [image1, image2, visible]) =>
            photometricSsim(tape, image1, image2, visible),
          reference: ([image1, image2, visible]) => photometricSsim64(image1, image2, visible),
          step: 1e-6,
        });
      });
    }
  }
});

Deno.test("photometricSsim() of an image and itself is almost 0, of an image and its negative almost 1", async () => {
  const tape = new Tape(await testGpu());
  const shape: Shape = [1, 3, 6, 5];
  const image = tape.persistent("image", shape), negative = tape.persistent("negative", shape);
  const visible = tape.persistent("visible", [1, 1, 6, 5]);
  const checkerboard = Array.from({ length: 3 * 6 * 5 }, (_, i) => i % 2);
  tape.write(image, checkerboard);
  tape.write(negative, checkerboard.map((value) => 1 - value));
  tape.write(visible, new Float32Array(30).fill(1));
  const same = tape.keep(photometricSsim(tape, image, image, visible));
  const opposite = tape.keep(photometricSsim(tape, image, negative, visible));
  (await tape.finish()).run();
  assertEquals(same.shape, [1, 3, 4, 3]);
  assert((await tape.read(same)).every((value) => value >= 0 && value < 1e-6));
  assert((await tape.read(opposite)).every((value) => value > 0.98 && value <= 1));
});

Deno.test("photometricSsim() refuses images without a whole window", async () => {
  const tape = new Tape(await testGpu());
  const image = tape.value("strip", [1, 3, 2, 8]), mask = tape.value("mask", [1, 1, 2, 8]);
  assertThrows(() => photometricSsim(tape, image, image, mask), Error, "sides of at least 3");
});
