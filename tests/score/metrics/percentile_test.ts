import { assertEquals } from "@std/assert";
import { percentiles } from "../../../pipeline/score/metrics/percentile.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

Deno.test("percentiles()", async (t) => {
  await t.step("takes the nearest rank", () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => 100 - i);
    assertEquals(percentiles([values], [1, 50, 75, 95, 100]), [1, 50, 75, 95, 100]);
    assertEquals(percentiles([Float32Array.of(7, 5)], [50, 51]), [5, 7]);
  });
  await t.step("does not care how the values are split", () => {
    assertEquals(
      percentiles([Float32Array.of(3), new Float32Array(0), Float32Array.of(1, 2)], [50, 95]),
      [2, 3],
    );
  });
  await t.step("agrees with sorting, with ties, zeros and tiny values", () => {
    const rng = new Rng(4);
    const values = Float32Array.from({ length: 5000 }, () => {
      const value = Math.exp(12 * rng.normal());
      return rng.uniform() < 0.2 ? 0 : rng.uniform() < 0.2 ? Math.round(value) : value;
    });
    const sorted = [...values].sort((a, b) => a - b);
    for (const percent of [0.01, 10, 50, 75, 95, 99.9]) {
      const rank = Math.max(1, Math.ceil(percent * values.length / 100));
      assertEquals(percentiles([values], [percent]), [sorted[rank - 1]]);
    }
  });
  await t.step("of nothing is nothing", () => {
    assertEquals(percentiles([new Float32Array(0)], [50]), []);
  });
});
