import { assertAlmostEquals } from "@std/assert";
import { type Affine, affineX, affineY, invert } from "../../pipeline/pairs/affine.ts";

Deno.test("invert() leads back, for a map that turns, stretches and shears", () => {
  const map: Affine = [1.2, -0.5, 7, 0.1, 0.8, -3];
  const x = affineX(map, 2, 5), y = affineY(map, 2, 5);
  assertAlmostEquals(x, 6.9);
  assertAlmostEquals(y, 1.2);
  assertAlmostEquals(affineX(invert(map), x, y), 2);
  assertAlmostEquals(affineY(invert(map), x, y), 5);
});
