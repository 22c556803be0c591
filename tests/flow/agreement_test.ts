import { assertAlmostEquals, assertEquals } from "@std/assert";
import { compareDirections } from "../../pipeline/flow/agreement.ts";
import { motionOf } from "../../pipeline/flow/motion.ts";
import { constantFlow } from "./_waves.ts";

Deno.test("compareDirections() finds nothing wrong where both directions are inverse, but what leaves", () => {
  const forward = constantFlow(3, -1, 10, 6), backward = constantFlow(-3, 1, 10, 6);
  const { occluded, ...numbers } = compareDirections(forward, backward, 10, 6);
  // Three columns on the right and the row above leave.
  assertEquals(numbers, { medianDistance: 0, leaving: 1 - 7 * 5 / 60, inconsistent: 0 });
  assertEquals([occluded[0], occluded[10], occluded[16], occluded[17]], [1, 0, 0, 1]);
});

Deno.test("compareDirections() follows the flow between pixels, and forgives a part of its length", () => {
  const forward = constantFlow(0.5, 0, 4, 2);
  const backward = Float32Array.of(
    -0.5,
    0,
    -0.5,
    0,
    -1.5,
    0,
    -1.5,
    0,
    -0.5,
    0,
    -0.5,
    0,
    9,
    9,
    9,
    9,
  );
  const { occluded, medianDistance } = compareDirections(forward, backward, 4, 2, 0);
  // Back flows of the first row, halfway: -0.5, -1, -1.5; of the second -0.5, and two that lead astray.
  assertEquals([...occluded], [0, 0, 1, 1, 0, 1, 1, 1]);
  assertAlmostEquals(medianDistance, 0.5, 1e-6);
});

Deno.test("compareDirections() takes what ends within half a pixel of the border for still there", () => {
  const still = constantFlow(-0.4, 0.4, 3, 2), back = constantFlow(0.4, -0.4, 3, 2);
  assertEquals(compareDirections(still, back, 3, 2).leaving, 0);
  assertEquals(compareDirections(still, back, 3, 2, 0).leaving, 1 - 2 / 6);
  const far = constantFlow(-0.6, 0, 3, 2);
  assertEquals(compareDirections(far, back, 3, 2).leaving, 1 - 4 / 6);
});

Deno.test("compareDirections() looks at the last row and column, and at what is no number", () => {
  const back = Float32Array.of(0, 0, 0, 0, 0, 0, 8, 8);
  assertEquals([...compareDirections(new Float32Array(8), back, 2, 2).occluded], [0, 0, 0, 1]);
  const none = new Float32Array(8).fill(NaN);
  assertEquals(compareDirections(none, none, 2, 2).leaving, 1);
});

Deno.test("motionOf() gives lengths in pixels", () => {
  const flow = Float32Array.from({ length: 2 * 200 }, (_, i) => i % 2 === 0 ? 3 : -4);
  flow[100] = 300;
  flow[101] = -400;
  assertEquals(motionOf(flow), { largest: 500, median: 5, usual: 5 });
  assertEquals(motionOf(Float32Array.of(1, 0, 0, 2, 3, 0)).median, 2);
});
