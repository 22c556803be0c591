import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { affineX, affineY } from "../../pipeline/pairs/affine.ts";
import { drawLayers, ellipse, insideShape, type Layer } from "../../pipeline/pairs/layers.ts";
import { Rng } from "../../pipeline/common/rng.ts";

Deno.test("insideShape()", async (t) => {
  await t.step("an ellipse turned by 90 degrees is long along y", () => {
    const shape = ellipse(10, 20, [6, 2], Math.PI / 2);
    assert(insideShape(shape, 10, 25.9) && insideShape(shape, 11.9, 20));
    assert(!insideShape(shape, 10, 26.1) && !insideShape(shape, 12.1, 20));
  });
  await t.step("an ellipse turned by 30 degrees follows its axis, not the mirrored one", () => {
    const shape = ellipse(0, 0, [6, 1], Math.PI / 6);
    assert(insideShape(shape, 5 * Math.cos(Math.PI / 6), 5 * Math.sin(Math.PI / 6)));
    assert(!insideShape(shape, 5 * Math.cos(Math.PI / 6), -5 * Math.sin(Math.PI / 6)));
  });
  await t.step("a polygon ends at its planes and at its radius", () => {
    const planes = Float64Array.of(1, 0, 3, 0, 1, 3);
    const shape = { kind: "polygon", x: 1, y: 1, radius: 5, planes } as const;
    assert(insideShape(shape, 4, 4) && !insideShape(shape, 4.1, 1) && !insideShape(shape, 1, 4.1));
    assert(insideShape(shape, -3.9, 1) && !insideShape(shape, -4.1, 1));
  });
});

Deno.test("drawLayers()", async (t) => {
  const scenes = Array.from(
    { length: 300 },
    (_, i) => drawLayers(new Rng(5).fork(`scene ${i}`), 128),
  );
  const objects = scenes.flatMap((layers) => layers.slice(1));
  const displacement = ({ motion }: Layer, x: number, y: number) =>
    Math.hypot(affineX(motion, x, y) - x, affineY(motion, x, y) - y);

  await t.step("lays 3 to 6 objects on a background, each count about equally often", () => {
    const counts = [0, 0, 0, 0];
    for (const layers of scenes) {
      assertEquals(layers[0].shape, undefined);
      counts[layers.length - 4]++;
    }
    assertEquals(counts.reduce((sum, count) => sum + count), 300);
    for (const count of counts) assert(count > 45 && count < 110, `${counts}`);
  });
  await t.step("moves objects up to 8 px at their centre, the background up to 4 px", () => {
    const largest = Math.max(...objects.map((o) => displacement(o, o.shape!.x, o.shape!.y)));
    assert(largest > 7.9 && largest <= 8 + 1e-9, `${largest}`);
    const ground = Math.max(...scenes.map(([ground]) => displacement(ground, 63.5, 63.5)));
    assert(ground > 3.8 && ground <= 4 + 1e-9, `${ground}`);
  });
  await t.step("fills the disc of translations evenly", () => {
    const moves = objects.map((o) => displacement(o, o.shape!.x, o.shape!.y));
    // Half of a disc's area lies within 1 / sqrt(2) of its radius.
    const inner = moves.filter((move) => move < 8 / Math.SQRT2).length / moves.length;
    assertAlmostEquals(inner, 0.5, 0.05);
  });
  await t.step("turns and scales half of them, within limits", () => {
    const turned = objects.filter(({ motion }) => motion[0] !== 1 || motion[1] !== 0);
    assertAlmostEquals(turned.length / objects.length, 0.5, 0.05);
    for (
      const [layers, degrees, share] of [
        [objects, 5, 0.05],
        [scenes.map(([ground]) => ground), 1.5, 0.015],
      ] as const
    ) {
      for (const { motion: [a, b, , d, e] } of layers) {
        assertEquals([e, d], [a, -b]);
        assertLess(Math.abs(Math.atan2(d, a)) * 180 / Math.PI, degrees + 1e-9);
        assertLess(Math.abs(Math.hypot(a, d) - 1), share + 1e-9);
      }
    }
  });
  await t.step("inverse undoes motion", () => {
    for (const { motion, inverse } of objects) {
      const x = affineX(motion, 17, 90), y = affineY(motion, 17, 90);
      assertAlmostEquals(affineX(inverse, x, y), 17, 1e-9);
      assertAlmostEquals(affineY(inverse, x, y), 90, 1e-9);
    }
  });
  await t.step("half of the shapes are ellipses; radii lie in their range", () => {
    const ellipses = objects.filter(({ shape }) => shape!.kind === "ellipse");
    assertAlmostEquals(ellipses.length / objects.length, 0.5, 0.05);
    for (const { shape } of objects) {
      // Ellipse: the larger of R U(.6, 1) and R U(.4, 1). Polygon: 1.6 R. R in 10 to 30.
      const [low, high] = shape!.kind === "ellipse" ? [6, 30] : [16, 48];
      assert(shape!.radius >= low && shape!.radius <= high);
    }
  });
  await t.step("a quarter of the textures is nearly flat", () => {
    const flat = objects.filter(({ texture }) => Math.max(...contrasts(texture.octaves)) <= 0.03);
    assertAlmostEquals(flat.length / objects.length, 0.25, 0.05);
    for (const { texture } of objects) {
      assert(Math.max(...contrasts(texture.octaves)) <= 0.3);
      assert(texture.base.every((value) => value >= 0.15 && value <= 0.85));
    }
  });
});

/** Contrast times tint of every octave and colour. */
function contrasts(octaves: Float64Array): number[] {
  return [...octaves].filter((_, i) => i % 5 >= 2);
}
