/** The affine pairs of the second pass: that rotations are sampled, and are rotations in pixels. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import {
  composed,
  drawThetas,
  type Theta,
  type TransformSettings,
} from "../../pipeline/train/transforms.ts";

const NOTHING: TransformSettings = {
  zoomLeast: 1,
  zoomMost: 1,
  rotationDegrees: 0,
  translation: 0,
  mirror: false,
  relativeZoom: 0,
  relativeRotationDegrees: 0,
  relativeTranslation: 0,
};
const SIZE = { height: 64, width: 128 };

const drawn = (changes: Partial<TransformSettings>, count = 200) =>
  Array.from(
    { length: count },
    (_, i) => drawThetas(new Rng(3).fork(`${i}`), { ...NOTHING, ...changes }, SIZE),
  );

/** Where a step in pixels goes. */
function inPixels([a1, a2, , a4, a5]: Theta, [x, y]: readonly [number, number]): number[] {
  const hx = (SIZE.width - 1) / 2, hy = (SIZE.height - 1) / 2;
  return [hx * (a1 * x / hx + a2 * y / hy), hy * (a4 * x / hx + a5 * y / hy)];
}

function assertRange(values: readonly number[], least: number, most: number): void {
  const low = Math.min(...values), high = Math.max(...values);
  assert(low >= least && high <= most, `${low} to ${high}`);
  assert(high - low > 0.95 * (most - least), `${low} to ${high}`);
}

Deno.test("drawThetas() gives the identity where nothing is to change", () => {
  for (const { first, second } of drawn({}, 3)) {
    assertEquals(first.map(Math.abs), [1, 0, 0, 0, 1, 0]);
    assertEquals(second.map(Math.abs), [1, 0, 0, 0, 1, 0]);
  }
});

Deno.test("drawThetas() samples rotations, which keep lengths in pixels whatever the picture's sides", () => {
  const angles = drawn({ rotationDegrees: 30 }).map(({ first, second }) => {
    assertEquals(first, second);
    const [x, y] = inPixels(first, [1, 0]), [u, v] = inPixels(first, [0, 1]);
    assertAlmostEquals(Math.hypot(x, y), 1, 1e-12);
    assertAlmostEquals(x * u + y * v, 0, 1e-12);
    // Not mirrored.
    assertAlmostEquals(x * v - y * u, 1, 1e-12);
    return Math.atan2(y, x) * 180 / Math.PI;
  });
  assertRange(angles, -30, 30);
});

Deno.test("drawThetas() samples zoom, translation and what frame 2 has on top", () => {
  const pairs = drawn({ zoomMost: 1.4, translation: 0.04, relativeZoom: 0.01 });
  assertRange(pairs.map(({ first }) => first[0]), 1, 1.4);
  assertRange(pairs.map(({ first }) => first[2]), -0.04, 0.04);
  assertRange(pairs.map(({ first }) => first[5]), -0.04, 0.04);
  assertRange(pairs.map(({ first, second }) => second[0] / first[0]), 0.99, 1.01);
  // The relative one is applied after the shared one: it zooms its shift, too.
  const [{ first, second }] = pairs;
  assertAlmostEquals(second[2] / first[2], second[0] / first[0], 1e-12);
  const turned = drawn({ relativeRotationDegrees: 2 });
  assertRange(
    turned.map(({ second }) => Math.atan2(inPixels(second, [1, 0])[1], second[0]) * 180 / Math.PI),
    -2,
    2,
  );
});

Deno.test("drawThetas() mirrors both frames alike, half of them in each direction", () => {
  const pairs = drawn({ mirror: true, relativeTranslation: 0.01 }, 400);
  for (const { first, second } of pairs) assertEquals(first[0] * second[0] > 0, true);
  const mirrored = [0, 4].map((i) => pairs.filter(({ first }) => first[i] < 0).length);
  for (const count of mirrored) assert(Math.abs(count - 200) < 40, `${count} of 400`);
});

Deno.test("composed() applies the inner one first", () => {
  const shift: Theta = [1, 0, 0.5, 0, 1, -0.25], swap: Theta = [0, 2, 0, 3, 0, 0];
  assertEquals(composed(swap, shift), [0, 2, -0.5, 3, 0, 1.5]);
  assertEquals(composed(shift, swap), [0, 2, 0.5, 3, 0, -0.25]);
});
