import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { addColour, drawTexture, type Texture } from "../../pipeline/pairs/texture.ts";
import { Rng } from "../../pipeline/common/rng.ts";

/** One octave of 32 px cells over a lattice whose value at column 1, row 0 is 1. */
function oneCell(): Texture {
  const lattice = new Float32Array(64 * 64);
  lattice[1] = 1;
  const octaves = new Float64Array(20);
  octaves.set([0, 0, 0.1, 0.2, 0.3]);
  return { base: [0.5, 0.4, 0.3], lattice, octaves };
}

function colour(texture: Texture, x: number, y: number): number[] {
  const sum = new Float64Array(3);
  addColour(texture, x, y, sum);
  return [...sum];
}

Deno.test("addColour()", async (t) => {
  await t.step("gives base plus contrast x tint at a lattice point", () => {
    assertEquals(colour(oneCell(), 32, 0), [0.6, 0.6000000000000001, 0.6]);
    assertEquals(colour(oneCell(), 64, 0), [0.5, 0.4, 0.3]);
  });
  await t.step("rises with smoothstep between lattice points", () => {
    // At a quarter of a cell: 3 / 16 - 2 / 64 = 0.15625.
    assertAlmostEquals(colour(oneCell(), 8, 0)[0], 0.5 + 0.1 * 0.15625, 1e-12);
    assertAlmostEquals(colour(oneCell(), 32, 8)[0], 0.5 + 0.1 * (1 - 0.15625), 1e-12);
  });
  await t.step("is periodic and works left of and above the picture", () => {
    const period = 64 * 32;
    assertAlmostEquals(colour(oneCell(), 32 - period, -period)[2], 0.6, 1e-12);
  });
  await t.step("is continuous across cells", () => {
    const texture = drawTexture(new Rng(4));
    for (let i = 0; i < 200; i++) {
      const x = 4 * (i % 20) - 30, y = i - 50;
      const before = colour(texture, x - 1e-6, y), after = colour(texture, x + 1e-6, y);
      before.forEach((value, c) => assertLess(Math.abs(value - after[c]), 1e-5));
    }
  });
});
