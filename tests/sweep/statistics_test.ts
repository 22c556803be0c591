import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { sampleStandardDeviation } from "simple-statistics";
import { Rng } from "../../pipeline/common/rng.ts";
import { pairedDifference, type WeighedPair } from "../../pipeline/sweep/statistics.ts";

const draw = (seed = 1, resamples = 2000) => ({ resamples, rng: new Rng(seed).fork("bootstrap") });

Deno.test("pairedDifference()", async (t) => {
  const pairs: WeighedPair[] = [
    { weight: 1, value: 1, reference: 2 },
    { weight: 3, value: 3, reference: 2 },
    { weight: 0, value: 100, reference: 1 },
  ];
  await t.step("weighs pairs by their pixels", () => {
    // (1 · 1 + 3 · 3) / (1 · 2 + 3 · 2) = 10 / 8; by pairs it would be 4 / 4.
    assertEquals(pairedDifference(pairs, draw())!.percent, 25);
  });
  await t.step(
    "takes the interval from resamples of two pairs: -50, 25, 50 %, odds 1 : 2 : 1",
    () => {
      const { low, high } = pairedDifference(pairs, draw())!;
      assertEquals([low, high], [-50, 50]);
    },
  );
  await t.step("is certain where every pair says the same", () => {
    const same = [3, 1, 8].map((reference) => ({ weight: 2, value: 0.75 * reference, reference }));
    assertEquals(pairedDifference(same, draw()), { percent: -25, low: -25, high: -25 });
  });
  await t.step("agrees with the normal interval of a mean for many pairs", () => {
    const rng = new Rng(7).fork("errors");
    const many = Array.from({ length: 400 }, () => ({
      weight: 1,
      value: 1 + 0.2 * rng.normal(),
      reference: 1,
    }));
    const { percent, low, high } = pairedDifference(many, draw())!;
    const half = 196 * sampleStandardDeviation(many.map(({ value }) => value)) / Math.sqrt(400);
    assertAlmostEquals(high - percent, half, 0.15 * half);
    assertAlmostEquals(percent - low, half, 0.15 * half);
  });
  await t.step("gives the same interval for the same seed, another for another one", () => {
    const wide = [1, 2, 3, 4, 5].map((value) => ({ weight: 1, value, reference: 3 }));
    assertEquals(pairedDifference(wide, draw(3, 101)), pairedDifference(wide, draw(3, 101)));
    const [a, b] = [3, 4].map((seed) => pairedDifference(wide, draw(seed, 101))!);
    assertEquals(a.percent, b.percent);
    assert(a.low !== b.low || a.high !== b.high);
  });
  await t.step("has no value without weight, or against an error of 0", () => {
    assertEquals(pairedDifference([pairs[2]], draw()), undefined);
    assertEquals(pairedDifference([{ weight: 1, value: 1, reference: 0 }], draw()), undefined);
  });
});
