import { assertEquals, assertThrows } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import {
  maskedSobel,
  type MaskedSobelOptions,
} from "../../../pipeline/smoothness/ops/masked_sobel.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { maskedSobel64 } from "../../reference/masked_sobel.ts";
import { random64 } from "../../reference/tensor64.ts";

const SIZES = [[2, 5, 7], [1, 7, 3], [1, 1, 6], [2, 5, 1], [1, 2, 3], [1, 1, 1]];

Deno.test("maskedSobel() equals its float64 twin, forward and backward", async (t) => {
  for (const [n, h, w] of SIZES) {
    const flow = random64(new Rng(1), [n, 2, h, w], -2, 2);
    const image = random64(new Rng(2), [n, 3, h, w], 0, 1);
    for (const order of ["1st", "2nd"] as const) {
      for (const border of ["zero", "replicate"] as const) {
        // No derivative at all, which leaves central differences nothing but rounding; tested below.
        if (h * w === 1 && border === "replicate") continue;
        const options: MaskedSobelOptions = { edgeAlpha: 0.6, order, border };
        for (const key of ["c", "maskX", "maskY"] as const) {
          await t.step(
            `${n}x${h}x${w}, ${order}, ${border}: ${key}`,
            () =>
              checkOperation("masked_sobel", {
                inputs: [flow, image],
                differentiable: [key === "c", false],
                operation: (tape, [flow, image]) => maskedSobel(tape, flow, image, options)[key],
                reference: ([flow, image]) => maskedSobel64(flow, image, options)[key],
              }),
          );
        }
      }
    }
  }
});

async function derivatives(shape: Shape, flow: number[], options: Partial<MaskedSobelOptions>) {
  const [n, , h, w] = shape;
  const tape = new Tape(await testGpu());
  const input = tape.persistent("flow", shape), image = tape.persistent("image", [n, 3, h, w]);
  tape.write(input, flow);
  const result = maskedSobel(tape, input, image, {
    edgeAlpha: 10,
    order: "1st",
    border: "zero",
    ...options,
  });
  const c = tape.keep(result.c);
  (await tape.finish()).run();
  return [...await tape.read(c)];
}

Deno.test("maskedSobel() gives the derivatives of the step worked out in the method", async () => {
  const step = Array(4).fill([0, 0, 1, 1]).flat();
  const c = await derivatives([1, 2, 4, 4], [...step, ...Array(16).fill(0)], {});
  const zeros = Array(16).fill(0);
  const dxU = [[0, 3, 3, -3], [0, 4, 4, -4], [0, 4, 4, -4], [0, 3, 3, -3]].flat();
  const dyU = [[0, 1, 3, 3], [0, 0, 0, 0], [0, 0, 0, 0], [0, -1, -3, -3]].flat();
  assertEquals(c.map((value) => value + 0), [...dxU, ...zeros, ...dyU, ...zeros]);
});

Deno.test("maskedSobel() sees a constant flow's border with zeros outside, not when replicated", async (t) => {
  for (const order of ["1st", "2nd"] as const) {
    await t.step(order, async () => {
      const flow = [...Array(20).fill(3), ...Array(20).fill(-2)];
      const zero = await derivatives([1, 2, 4, 5], flow, { order });
      const replicate = await derivatives([1, 2, 4, 5], flow, { order, border: "replicate" });
      assertEquals(zero.some((value) => value !== 0), true);
      assertEquals(replicate.every((value) => value === 0), true);
    });
  }
});

Deno.test("maskedSobel() of a single replicated pixel is 0, as is its gradient", async () => {
  const tape = new Tape(await testGpu());
  const flow = tape.variable("flow", [1, 2, 1, 1]), image = tape.persistent("image", [1, 3, 1, 1]);
  const seed = tape.persistent("seed", [1, 4, 1, 1]);
  tape.write(flow, [2.5, -0.7]);
  tape.write(seed, [1, 2, 3, 4]);
  const { c } = maskedSobel(tape, flow, image, {
    edgeAlpha: 10,
    order: "1st",
    border: "replicate",
  });
  tape.backward(c, seed);
  const kept = [tape.keep(c), tape.keep(tape.gradientOf(flow))];
  (await tape.finish()).run();
  for (const value of kept) {
    assertEquals((await tape.read(value)).every((number) => number === 0), true);
  }
});

Deno.test("maskedSobel() refuses an image of another size than the flow", async () => {
  const tape = new Tape(await testGpu());
  const flow = tape.value("flow", [1, 2, 4, 4]), image = tape.value("image", [1, 3, 16, 16]);
  assertThrows(
    () => maskedSobel(tape, flow, image, { edgeAlpha: 10, order: "1st", border: "zero" }),
    Error,
    "[1,2,4,4] and [1,3,16,16]",
  );
});
