import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { smoothness, type SmoothnessOptions } from "../../../pipeline/smoothness/ops/smoothness.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { smoothness64 } from "../../reference/smoothness.ts";
import { random64 } from "../../reference/tensor64.ts";

const ALL: SmoothnessOptions[] = [
  { penalty: "l1", order: "1st", edgeAlpha: 3 },
  { penalty: "l1", order: "2nd", edgeAlpha: 3 },
  { penalty: "charbonnier", order: "1st", edgeAlpha: 3 },
  { penalty: "charbonnier", order: "2nd", edgeAlpha: 3 },
];

Deno.test("smoothness() equals its float64 twin, forward and backward", async (t) => {
  for (const [n, h, w] of [[2, 5, 7], [1, 11, 13], [1, 1, 6], [2, 5, 1], [1, 2, 3]]) {
    for (const options of ALL) {
      await t.step(
        `${n}x${h}x${w}, ${options.penalty}, ${options.order}`,
        () =>
          checkOperation("smoothness", {
            inputs: [
              random64(new Rng(1), [n, 2, h, w], -2, 2),
              random64(new Rng(2), [n, 3, h, w], 0, 1),
            ],
            differentiable: [true, false],
            step: 2e-6,
            operation: (tape, [flow, image]) => smoothness(tape, flow, image, options),
            reference: ([flow, image]) => smoothness64(flow, image, options),
          }),
      );
    }
  }
});

async function measure(h: number, w: number, flow: number[], options: SmoothnessOptions) {
  const tape = new Tape(await testGpu());
  const input = tape.variable("flow", [1, 2, h, w]);
  const image = tape.persistent("image", [1, 3, h, w]);
  tape.write(input, flow);
  const loss = smoothness(tape, input, image, options);
  tape.backward(loss);
  const value = tape.keep(loss), gradient = tape.keep(tape.gradientOf(input));
  (await tape.finish()).run();
  return { loss: (await tape.read(value))[0], gradient: [...await tape.read(gradient)] };
}

Deno.test("smoothness() of a ramp is its slope at first order and nothing at second", async () => {
  const h = 4, w = 6;
  // u grows by 2 px along x, v shrinks by 1 px along y.
  const u = Array.from({ length: h * w }, (_, i) => 2 * (i % w));
  const v = Array.from({ length: h * w }, (_, i) => -Math.floor(i / w));
  const first = await measure(h, w, [...u, ...v], ALL[0]);
  // Half of the components have a slope; mean / 2 / 2 in each direction, over the shorter side.
  assertAlmostEquals(first.loss, (2 / 2 + 1 / 2) / 4 / h, 1e-7);
  const second = await measure(h, w, [...u, ...v], ALL[1]);
  assertEquals(second.loss, 0);
  assertEquals(second.gradient.every((value) => value === 0), true);
});

Deno.test("smoothness() of pictures without any difference is 0, not NaN", async (t) => {
  for (const options of ALL) {
    await t.step(`${options.penalty}, ${options.order}`, async () => {
      for (const [h, w] of options.order === "1st" ? [[1, 1]] : [[1, 1], [2, 1], [2, 2]]) {
        const flow = Array.from({ length: 2 * h * w }, (_, i) => 3 * i - 2);
        const { loss, gradient } = await measure(h, w, flow, options);
        assertEquals(loss, 0);
        assertEquals(gradient.every((value) => value === 0), true);
      }
    });
  }
});

Deno.test("smoothness() refuses an image of another size than the flow", async () => {
  const tape = new Tape(await testGpu());
  const flow = tape.value("flow", [1, 2, 4, 4]), image = tape.value("image", [1, 3, 16, 16]);
  assertThrows(() => smoothness(tape, flow, image, ALL[0]), Error, "[1,2,4,4] and [1,3,16,16]");
});
