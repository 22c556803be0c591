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
  { penalty: "huber", order: "1st", edgeAlpha: 3 },
  { penalty: "huber", order: "2nd", edgeAlpha: 3 },
];

/** Largest flow of a random scene: for Huber such that differences fall to both sides of its bend. */
function range({ penalty }: SmoothnessOptions, h: number, w: number): number {
  return penalty === "huber" ? 0.01 * Math.min(h, w) : 2;
}

Deno.test("smoothness() equals its float64 twin, forward and backward", async (t) => {
  for (const [n, h, w] of [[2, 5, 7], [1, 11, 13], [1, 1, 6], [2, 5, 1], [1, 2, 3]]) {
    for (const options of ALL) {
      await t.step(
        `${n}x${h}x${w}, ${options.penalty}, ${options.order}`,
        () =>
          checkOperation("smoothness", {
            inputs: [
              random64(new Rng(1), [n, 2, h, w], -range(options, h, w), range(options, h, w)),
              random64(new Rng(2), [n, 3, h, w], 0, 1),
            ],
            differentiable: [true, false],
            step: 2e-6,
            onGpu: ["sum_partials.add_tree"],
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

Deno.test("smoothness() with Huber's penalty bends at 0.01 of the shorter side", async (t) => {
  // Flow that changes once along x, by so many times the side: u up, v down by half; the other side is as short.
  const slopes: [name: string, change: number, loss: (x: number) => number, slope: number][] = [
    ["below: quadratic", 0.008, (x) => x ** 2 / 0.02, 0.8],
    ["just below", 0.00999, (x) => x ** 2 / 0.02, 0.999],
    ["just above", 0.01001, (x) => x - 0.005, 1],
    ["far above: linear", 3, (x) => x - 0.005, 1],
    ["where nothing changes", 0, () => 0, 0],
  ];
  const side = 2;
  for (const [name, change, loss, slope] of slopes) {
    await t.step(name, async () => {
      const u = [0, change * side, 0, change * side];
      for (const sign of [1, -1]) {
        const flow = [...u.map((value) => sign * value), 0, 0, 0, 0];
        const found = await measure(2, 2, flow, { penalty: "huber", order: "1st", edgeAlpha: 3 });
        // Half of the components have the change; mean / 2 / 2.
        assertAlmostEquals(found.loss, loss(change) / 2 / 4, 1e-6 * Math.max(change, 0.01));
        // Two rows of two components, each term times 1 / (2 2 4), over the side.
        const wanted = sign * slope / (2 * 2 * 4) / side;
        [-wanted, wanted, -wanted, wanted, 0, 0, 0, 0].forEach((value, i) =>
          assertAlmostEquals(found.gradient[i], value, 1e-6)
        );
      }
    });
  }
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
