import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { drawOutline, insideOutline, outline } from "../../pipeline/photo_scenes/outline.ts";

Deno.test("insideOutline()", async (t) => {
  await t.step("an ellipse turned by 30 degrees follows its axis, not the mirrored one", () => {
    const shape = outline(10, 20, [6, 1], Math.PI / 6);
    const at = (sign: number) =>
      insideOutline(shape, 10 + 5 * Math.cos(Math.PI / 6), 20 + sign * 5 * Math.sin(Math.PI / 6));
    assertEquals([at(1), at(-1)], [true, false]);
    assert(insideOutline(shape, 10, 20.9) && !insideOutline(shape, 10, 21.3));
  });
  await t.step("a concave polygon leaves its notch out", () => {
    // An arrow head to the right whose back is drawn in to the centre's left: corners in the unit disc.
    const corners = Float64Array.of(1, 0, -0.7, 0.7, -0.2, 0, -0.7, -0.7);
    const shape = outline(0, 0, [10, 10], 0, corners);
    assert(insideOutline(shape, 5, 0) && insideOutline(shape, -1, 0));
    assert(!insideOutline(shape, -4, 0), "in the notch");
    assert(insideOutline(shape, -5, 5.5) && insideOutline(shape, -5, -5.5), "in both barbs");
    assert(!insideOutline(shape, 5, 5) && !insideOutline(shape, 9, 4));
  });
  await t.step("a polygon is stretched and turned with its disc", () => {
    const diamond = Float64Array.of(1, 0, 0, 1, -1, 0, 0, -1);
    const shape = outline(0, 0, [8, 2], Math.PI / 2, diamond);
    assert(insideOutline(shape, 0, 7.9) && insideOutline(shape, 1.9, 0));
    assert(!insideOutline(shape, 2.1, 0) && !insideOutline(shape, 1.5, 4));
  });
});

Deno.test("drawOutline()", async (t) => {
  const rng = new Rng(4);
  const shapes = Array.from({ length: 2000 }, () => drawOutline(rng, 256, 64));
  const share = (which: (shape: typeof shapes[number]) => boolean) =>
    shapes.filter(which).length / shapes.length;

  await t.step("draws diameters of 16 to 90 pixels in a picture as large as 128 x 128", () => {
    const radii = shapes.map(({ radius }) => radius);
    assert(Math.min(...radii) >= 8 && Math.max(...radii) <= 45);
    assertLess(Math.min(...radii), 8.5);
    assertGreater(Math.max(...radii), 44.5);
  });
  await t.step(
    "30 % are ellipses, down to 0.15 of their length; polygons have 4 to 10 corners",
    () => {
      assertAlmostEquals(share(({ corners }) => corners === undefined), 0.3, 0.04);
      const ratios = shapes.filter(({ corners }) => !corners)
        .map(({ toUnitDisc: [a, b, c, d] }) => Math.hypot(a, b) / Math.hypot(c, d));
      assert(Math.min(...ratios) >= 0.15 && Math.min(...ratios) < 0.17, `${Math.min(...ratios)}`);
      assertEquals(
        [...new Set(shapes.map(({ corners }) => (corners?.length ?? 0) / 2))].sort((a, b) => a - b),
        [0, 4, 5, 6, 7, 8, 9, 10],
      );
    },
  );
  await t.step("most polygons are concave", () => {
    const concave = shapes.filter(({ corners }) => corners && turnsBothWays(corners));
    assertGreater(concave.length / shapes.length, 0.4);
  });
  await t.step("centres lie all over the picture", () => {
    for (const [key, length] of [["x", 256], ["y", 64]] as const) {
      const values = shapes.map((shape) => shape[key]);
      assertLess(Math.min(...values), 0.02 * length);
      assertGreater(Math.max(...values), 0.98 * length - 0.5);
    }
  });
});

/** Whether a walk around the corners turns left at some and right at others. */
function turnsBothWays(corners: Float64Array): boolean {
  const count = corners.length / 2;
  const at = (i: number) => [corners[2 * (i % count)], corners[2 * (i % count) + 1]];
  const turns = Array.from({ length: count }, (_, i) => {
    const [[ax, ay], [bx, by], [cx, cy]] = [at(i), at(i + 1), at(i + 2)];
    return Math.sign((bx - ax) * (cy - by) - (by - ay) * (cx - bx));
  });
  return turns.includes(1) && turns.includes(-1);
}
