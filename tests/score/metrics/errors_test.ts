import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { angularError, endPointErrors, isOutlier } from "../../../pipeline/score/metrics/errors.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

Deno.test("endPointErrors() is the length of the difference at every pixel", () => {
  const errors = endPointErrors(Float32Array.of(3, 4, 2, -1), Float32Array.of(0, 0, -1, 3));
  assertEquals([...errors], [5, 5]);
  assertThrows(
    () => endPointErrors(new Float32Array(4), new Float32Array(6)),
    Error,
    "has 4 values, the true one 6",
  );
});

Deno.test("isOutlier() needs more than 3 px and more than 5 %", () => {
  assertEquals(isOutlier(3, 10), false);
  assertEquals(isOutlier(3.1, 10), true);
  assertEquals(isOutlier(4, 80), false);
  assertEquals(isOutlier(4.1, 80), true);
  assertEquals(isOutlier(3.1, 0), true);
});

Deno.test("angularError()", async (t) => {
  await t.step("measures the angle of (u, v, 1)", () => {
    assertAlmostEquals(angularError(1, 0, 0, 0), 45, 1e-12);
    // cos = (2·0 + −1·0 + 1) / √6
    assertAlmostEquals(
      angularError(0, 0, 2, -1),
      Math.acos(1 / Math.sqrt(6)) * 180 / Math.PI,
      1e-12,
    );
    // (+2, −1) against its negative: cos = (−4 − 1 + 1) / 6
    assertAlmostEquals(angularError(-2, 1, 2, -1), Math.acos(-4 / 6) * 180 / Math.PI, 1e-12);
  });
  await t.step("is exactly 0 for equal flows", () => {
    const rng = new Rng(5);
    for (let i = 0; i < 2000; i++) {
      const u = Math.fround(50 * rng.normal()), v = Math.fround(50 * rng.normal());
      assertEquals(angularError(u, v, u, v), 0);
    }
  });
});
