import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  addTallies,
  DatasetScores,
  imageMeanKey,
  PairScorer,
  type Scores,
  scoresOf,
} from "../../pipeline/score/metrics.ts";
import type { Truth } from "../../pipeline/score/metrics/regions.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { constantFlow, drawTruth } from "./metrics/_ascii.ts";

const scorePair = (truth: Truth, predicted: Float32Array): Scores =>
  scoresOf(new PairScorer(truth).tally(predicted));

/** Every region has a pixel, and every pixel another flow. */
function richTruth(seed: number): Truth {
  const width = 200, height = 5, pixels = width * height;
  const rng = new Rng(seed);
  return {
    width,
    height,
    flow: Float32Array.from({ length: 2 * pixels }, (_, i) => {
      const x = (i >> 1) % width;
      // A calm part for the interior, then ever faster.
      return x < 40 ? 2 - 3 * (i % 2) : rng.normal() * (x < 100 ? 0.5 : x < 150 ? 10 : 30);
    }),
    valid: Uint8Array.from({ length: pixels }, () => rng.uniform() < 0.9 ? 1 : 0),
    occluded: Uint8Array.from({ length: pixels }, (_, i) => i % width < 3 ? 1 : 0),
    foreground: Uint8Array.from({ length: pixels }, (_, i) => i % width < 50 ? 0 : 1),
  };
}

Deno.test("true flow scores 0 everywhere", () => {
  const truth = richTruth(1);
  const scores = scorePair(truth, truth.flow);
  // 13 regions, standard deviation, angle, 5 outlier shares, 3 R, 3 A.
  assertEquals(Object.keys(scores).length, 13 + 1 + 1 + 5 + 3 + 3);
  for (const [key, value] of Object.entries(scores)) assertEquals([key, value], [key, 0]);
});

Deno.test("zero flow scores the mean true length", () => {
  const truth = richTruth(2);
  const scores = scoresOf(new PairScorer(truth).tallyZeroFlow());
  let sum = 0, pixels = 0;
  truth.valid!.forEach((valid, i) => {
    if (!valid) return;
    sum += Math.hypot(truth.flow[2 * i], truth.flow[2 * i + 1]);
    pixels++;
  });
  assertAlmostEquals(scores.epe_px, sum / pixels, 1e-12 * sum);
});

Deno.test("a scene of flow (+2, -1) by hand", async (t) => {
  const truth = drawTruth(["oooo", "oooo"], { o: { flow: [2, -1] } });
  const degrees = (cosine: number) => Math.acos(cosine) * 180 / Math.PI;
  const cases: [string, [number, number], number, number][] = [
    ["zero", [0, 0], Math.sqrt(5), degrees(1 / Math.sqrt(6))],
    ["u and v swapped", [-1, 2], Math.sqrt(18), degrees((-2 - 2 + 1) / 6)],
    ["negated", [-2, 1], Math.sqrt(20), degrees((-4 - 1 + 1) / 6)],
    ["halved", [1, -0.5], Math.sqrt(1.25), degrees((2 + 0.5 + 1) / Math.sqrt(2.25 * 6))],
    ["v turned", [2, 1], 2, degrees((4 - 1 + 1) / 6)],
  ];
  for (const [name, [u, v], epe, angle] of cases) {
    await t.step(name, () => {
      const scores = scorePair(truth, constantFlow(truth, u, v));
      assertAlmostEquals(scores.epe_px, epe, 1e-12);
      assertAlmostEquals(scores.epe_interior_px, epe, 1e-12);
      assertAlmostEquals(scores.aae_deg, angle, 1e-10);
      assertEquals(scores.epe_sd_px, 0);
      assertEquals(scores.fl_all_pct, epe > 3 ? 100 : 0);
      assertEquals([scores.r0_5_pct, scores.r1_0_pct], [100, 100]);
      assertEquals(scores.r2_0_pct, epe > 2 ? 100 : 0);
      for (const key of ["a50_px", "a75_px", "a95_px"]) {
        assertEquals(scores[key], Math.fround(scores.epe_px));
      }
    });
  }
});

Deno.test("regions and shares by hand", () => {
  // Errors 1, 4, 0, 7 px; the unknown pixel would have the largest.
  const truth = drawTruth(["abcd?"], {
    a: { flow: [10, 0], occluded: false, foreground: true },
    b: { flow: [0, 100], occluded: true, foreground: true },
    c: { flow: [0, 0], occluded: false, foreground: false },
    d: { flow: [0, -20], occluded: true, foreground: false },
    "?": { flow: [0, 0], unknown: true, occluded: true },
  });
  const scores = scorePair(truth, Float32Array.of(9, 0, 4, 100, 0, 0, 7, -20, 99, 99));
  assertEquals(scores.epe_px, 3);
  assertEquals(scores.epe_noc_px, 0.5);
  assertEquals(scores.epe_occ_px, 5.5);
  assertEquals(scores.epe_boundary_px, 3);
  assertEquals(scores.epe_fg_px, 2.5);
  assertEquals(scores.epe_bg_px, 3.5);
  assertEquals(scores.epe_s0_10_px, 0);
  assertEquals(scores.epe_s10_40_px, 4);
  assertEquals(scores.epe_s40_plus_px, 4);
  assertAlmostEquals(scores.epe_sd_px, Math.sqrt((4 + 1 + 9 + 16) / 4), 1e-12);
  // 4 px of 100 px is no outlier, 7 px of 20 px is one.
  assertEquals(scores.fl_all_pct, 25);
  assertEquals(scores.fl_noc_pct, 0);
  assertEquals(scores.fl_occ_pct, 50);
  assertEquals(scores.fl_fg_pct, 0);
  assertEquals(scores.fl_bg_pct, 50);
  assertEquals([scores.r0_5_pct, scores.r1_0_pct, scores.r2_0_pct], [75, 50, 50]);
  assertEquals([scores.a50_px, scores.a75_px, scores.a95_px], [1, 4, 7]);
  for (const key of ["epe_interior_px", "epe_d10_60_px", "epe_d60_140_px"]) {
    assert(!(key in scores));
  }
});

Deno.test("a region without a pixel gives no key", () => {
  const truth = drawTruth(["..", ".."], { ".": { flow: [1, 1] } });
  const keys = Object.keys(scorePair(truth, constantFlow(truth, 0, 0)));
  assertEquals(keys.filter((key) => /noc|occ|_d\d|bg|fg|boundary|s10|s40/.test(key)), []);
  const unknown = drawTruth(["??"], { "?": { unknown: true } });
  assertEquals(scorePair(unknown, constantFlow(unknown, 0, 0)), {});
});

Deno.test("DatasetScores", async (t) => {
  const legend = {
    ".": { flow: [0, 0], occluded: false },
    x: { flow: [0, 0], occluded: true },
  } as const;
  const small = drawTruth(["x..."], legend), large = drawTruth(["....", "...."], legend);

  await t.step("leaves a pair without occlusion out of the occ mean", () => {
    const scores = new DatasetScores();
    scores.add(new PairScorer(small).tally(Float32Array.of(6, 0, 2, 0, 2, 0, 2, 0)));
    const own = scores.add(new PairScorer(large).tally(constantFlow(large, 0, 1)));
    assert(!("epe_occ_px" in own));
    const { epe_occ_px, epe_occ_image_mean_px, fl_occ_image_mean_pct } = scores.scores();
    assertEquals([epe_occ_px, epe_occ_image_mean_px, fl_occ_image_mean_pct], [6, 6, 100]);
  });
  await t.step("pools over pixels and averages over images", () => {
    const scores = new DatasetScores();
    scores.add(new PairScorer(small).tally(constantFlow(small, 4, 0)));
    scores.add(new PairScorer(large).tally(constantFlow(large, 0, 1)));
    const all = scores.scores();
    assertEquals(all.epe_px, (4 * 4 + 8 * 1) / 12);
    assertEquals(all.epe_image_mean_px, 2.5);
    assertAlmostEquals(all.fl_all_pct, 100 / 3, 1e-12);
    assertEquals(all.fl_all_image_mean_pct, 50);
    assertEquals(all.epe_sd_image_mean_px, 0);
    // Errors four times 4, eight times 1: variance 2/9 · 9.
    assertAlmostEquals(all.epe_sd_px, Math.sqrt(2), 1e-12);
    assertEquals([all.a50_px, all.a75_px], [1, 4]);
    assertEquals(all.a50_image_mean_px, 2.5);
  });
  await t.step("has nothing to say without pairs", () => {
    assertEquals(new DatasetScores().scores(), {});
  });
});

Deno.test("two halves of a picture add up to the whole", () => {
  const truth = richTruth(3);
  const half = (upper: boolean): Truth => ({
    ...truth,
    valid: truth.valid!.map((valid, i) => valid && (i < 500) === upper ? 1 : 0),
  });
  const rng = new Rng(4);
  const predicted = truth.flow.map((value) => value + 2 * rng.normal());
  const tally = (part: Truth) => new PairScorer(part).tally(predicted);
  const whole = scoresOf(tally(truth)),
    sum = scoresOf(addTallies(tally(half(true)), tally(half(false))));
  // The other scores depend on neighbours across the cut.
  const local = Object.keys(whole).filter((key) => !/boundary|interior|_d\d/.test(key));
  assertEquals(local.length, 21);
  for (const key of local) assertAlmostEquals(sum[key], whole[key], 1e-11 * whole[key], key);
});

Deno.test("imageMeanKey() puts the words before the unit", () => {
  assertEquals(imageMeanKey("epe_px"), "epe_image_mean_px");
  assertEquals(imageMeanKey("fl_all_pct"), "fl_all_image_mean_pct");
  assertEquals(imageMeanKey("epe_s40_plus_px"), "epe_s40_plus_image_mean_px");
});

Deno.test("a flow that cannot be scored is an error", () => {
  const truth = drawTruth(["..."], { ".": {} });
  const scorer = new PairScorer(truth);
  assertThrows(() => scorer.tally(new Float32Array(4)), Error, "has 4 values, the true one 6");
  const broken = Float32Array.of(0, 0, 1, NaN, 0, 0);
  assertThrows(() => scorer.tally(broken), Error, "at pixel 1 is (1, NaN)");
});
