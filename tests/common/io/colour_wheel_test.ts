import { assertEquals, assertThrows } from "@std/assert";
import { flowToColour, WHEEL } from "../../../pipeline/common/io/colour_wheel.ts";

/** The colour of one flow vector. */
function colour(u: number, v: number, maximum = 1): number[] {
  return [...flowToColour(Float32Array.of(u, v), 1, 1, maximum)];
}

Deno.test("the wheel", async (t) => {
  await t.step("has 15, 6, 4, 11, 13 and 6 hues from corner to corner", () => {
    assertEquals(WHEEL.length, 55);
    const corners: [number, number[]][] = [
      [0, [255, 0, 0]],
      [15, [255, 255, 0]],
      [15 + 6, [0, 255, 0]],
      [15 + 6 + 4, [0, 255, 255]],
      [15 + 6 + 4 + 11, [0, 0, 255]],
      [15 + 6 + 4 + 11 + 13, [255, 0, 255]],
    ];
    for (const [index, rgb] of corners) assertEquals([...WHEEL[index]], rgb);
    // A corner is the only colour whose channels are all 0 or 255.
    assertEquals(WHEEL.filter((rgb) => rgb.every((c) => c === 0 || c === 255)).length, 6);
  });
  await t.step("steps evenly within a segment", () => {
    assertEquals([...WHEEL[1]], [255, 17, 0]);
    assertEquals([...WHEEL[16]], [255 - 42, 255, 0]);
    assertEquals([...WHEEL[22]], [0, 255, 63]);
    assertEquals([...WHEEL[54]], [255, 0, 255 - 212]);
  });
});

Deno.test("flowToColour()", async (t) => {
  await t.step("is white at rest", () => {
    assertEquals(colour(0, 0), [255, 255, 255]);
  });
  await t.step("is red to the right, whatever the sign of a zero v", () => {
    assertEquals(colour(1, 0), [255, 0, 0]);
    assertEquals(colour(1, -0), [255, 0, 0]);
  });
  await t.step("turns with the flow: down yellow, left blue-green, up violet", () => {
    // A quarter of 54 steps is 13.5, half 27, three quarters 40.5.
    const between = (a: number, b: number) =>
      [0, 1, 2].map((c) => Math.floor(0.5 * WHEEL[a][c] + 0.5 * WHEEL[b][c]));
    assertEquals(colour(0, 1), between(13, 14));
    assertEquals(colour(-1, 0), [...WHEEL[27]]);
    assertEquals(colour(0, -1), between(40, 41));
    assertEquals(colour(0, 1), [255, 229, 0]);
    assertEquals(colour(-1, 0), [0, 209, 255]);
    assertEquals(colour(0, -1), [88, 0, 255]);
  });
  await t.step("saturates with length up to the maximum, and darkens beyond it", () => {
    assertEquals(colour(0.5, 0), [255, 127, 127]);
    assertEquals(colour(4, 0, 8), [255, 127, 127]);
    assertEquals(colour(8, 0, 8), [255, 0, 0]);
    assertEquals(colour(8.1, 0, 8), [191, 0, 0]);
    assertEquals(colour(80, 0, 8), [191, 0, 0]);
  });
  await t.step("is black where the flow is unknown or not a number", () => {
    const flow = Float32Array.of(0, 0, 5, 5, NaN, 0);
    const colours = flowToColour(flow, 3, 1, 1, Uint8Array.of(1, 0, 1));
    assertEquals([...colours], [255, 255, 255, 0, 0, 0, 0, 0, 0]);
  });
  await t.step("refuses a wrong size and a maximum of 0", () => {
    assertThrows(() => flowToColour(new Float32Array(3), 1, 1, 1), Error, "needs 2 values, got 3");
    assertThrows(
      () => flowToColour(new Float32Array(4), 1, 2, 1, new Uint8Array(1)),
      Error,
      "needs 4 values, got 4 with 1 in valid.",
    );
    assertThrows(() => flowToColour(new Float32Array(2), 1, 1, 0), Error, "above 0 px, got 0");
  });
});
