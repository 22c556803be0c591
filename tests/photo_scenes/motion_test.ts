import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Affine, affineX, affineY } from "../../pipeline/pairs/affine.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { drawCameraMotion, drawObjectMotion } from "../../pipeline/photo_scenes/motion.ts";

const settings = { largest: 24, scale: 0.5 };
const shift = (motion: Affine, x: number, y: number) =>
  Math.hypot(affineX(motion, x, y) - x, affineY(motion, x, y) - y);
const deviation = (values: number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const degrees = ([a, , , d]: Affine) => Math.atan2(d, a) * 180 / Math.PI;
const growth = ([a, , , d]: Affine) => Math.hypot(a, d) - 1;

Deno.test("drawCameraMotion() is heavy-tailed about its centre, and turns and zooms a little", () => {
  const rng = new Rng(3);
  const motions = Array.from({ length: 4000 }, () => drawCameraMotion(rng, 40, 30, settings));
  const lengths = motions.map((motion) => shift(motion, 40, 30)).sort((a, b) => a - b);
  // 24 * .5 * u^2: median 3, mean 4, largest 12.
  assertAlmostEquals(lengths[2000], 3, 0.25);
  assertAlmostEquals(lengths.reduce((sum, value) => sum + value) / 4000, 4, 0.2);
  assert(lengths[3999] <= 12 + 1e-9 && lengths[3999] > 11.9);
  assertAlmostEquals(deviation(motions.map(degrees)), 1, 0.05);
  assertAlmostEquals(deviation(motions.map(growth)), 0.015, 0.001);
});

Deno.test("drawObjectMotion() adds the camera's to its own in 70 % of all objects", () => {
  const rng = new Rng(4);
  const camera: Affine = [1, 0, 100, 0, 1, 0];
  const motions = Array.from(
    { length: 3000 },
    () => drawObjectMotion(rng, 10, 20, camera, settings),
  );
  const along = motions.filter((motion) => affineX(motion, 10, 20) > 80);
  assertAlmostEquals(along.length / 3000, 0.7, 0.03);
  assertAlmostEquals(deviation(motions.map(degrees)), 2.5, 0.12);
  assertAlmostEquals(deviation(motions.map(growth)), 0.025, 0.0015);
});

Deno.test("the camera's motion comes after the object's own", () => {
  // A quarter turn about the origin: what the object does along x, the camera turns into y.
  const camera: Affine = [0, -1, 0, 1, 0, 0];
  let turned = 0;
  for (let i = 0; i < 40; i++) {
    const own = drawObjectMotion(new Rng(i), 10, 0, [1, 0, 0, 0, 1, 0], settings);
    const both = drawObjectMotion(new Rng(i), 10, 0, camera, settings);
    if (both[0] === own[0]) continue;
    assertAlmostEquals(affineX(both, 3, 5), -affineY(own, 3, 5), 1e-9);
    assertAlmostEquals(affineY(both, 3, 5), affineX(own, 3, 5), 1e-9);
    turned++;
  }
  assert(turned > 20 && turned < 36, `${turned}`);
});

Deno.test("nothing moves at scale 0", () => {
  const still = { largest: 24, scale: 0 };
  const camera = drawCameraMotion(new Rng(1), 5, 6, still);
  const object = drawObjectMotion(new Rng(1), 9, 2, camera, still);
  for (const motion of [camera, object]) {
    assertEquals([affineX(motion, 7, 11), affineY(motion, 7, 11)], [7, 11]);
  }
});
