import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { scoreProblems } from "../../commands/lineage/claimed_scores.ts";
import {
  formatMeans,
  meansOf,
  type MeasuredPair,
  measurePair,
  OWN_COLUMNS,
  rowOf,
} from "../../pipeline/own_frames/measures.ts";
import { photometricError } from "../../pipeline/flow/photometric_error.ts";
import { paintWarped } from "../../pipeline/report/client/colours.js";
import { constantFlow, waves } from "../flow/_waves.ts";

const size = { width: 40, height: 30 };
const pair = {
  ...size,
  name: "clip/1",
  scene: "clip",
  dataset: "frames",
  frame1: waves(0, 0, 40, 30).data,
  frame2: waves(3, -2, 40, 30).data,
};

Deno.test("photometricError() is small for the true flow, and for no other", () => {
  const error = (u: number, v: number) => photometricError(pair, constantFlow(u, v, 40, 30));
  const zero = photometricError(pair);
  assertEquals(error(0, 0), zero);
  assertLess(error(3, -2), zero / 4);
  for (const [u, v] of [[-3, 2], [3, 2], [-2, 3], [2, -3]]) {
    assertLess(2 * error(3, -2), error(u, v));
  }
});

Deno.test("photometricError() counts every pixel, beyond the border as its nearest one", () => {
  const frame1 = Uint8Array.of(10, 10, 10, 50, 50, 50),
    frame2 = Uint8Array.of(20, 20, 20, 90, 90, 90);
  const two = { width: 2, height: 1, frame1, frame2 };
  assertEquals(photometricError(two), (10 + 40) / 2);
  assertEquals(photometricError(two, Float32Array.of(1, 0, 5, 3)), (80 + 40) / 2);
  assertEquals(photometricError(two, Float32Array.of(0.5, 0, -0.5, 0)), (45 + 5) / 2);
});

Deno.test("the viewer's warped frame is the one that photometricError() measures", () => {
  const flow = Float32Array.from({ length: 2 * 40 * 30 }, (_, i) => 4 * Math.sin(i / 17));
  const rgba = (rgb: Uint8Array) =>
    Uint8ClampedArray.from(
      { length: 4 * 40 * 30 },
      (_, i) => i % 4 === 3 ? 255 : rgb[3 * (i >> 2) + i % 4],
    );
  const warped = paintWarped(rgba(pair.frame2), {
    u: flow.filter((_, i) => i % 2 === 0),
    v: flow.filter((_, i) => i % 2 === 1),
  }, 40);
  let sum = 0;
  for (let i = 0; i < pair.frame1.length; i++) {
    sum += Math.abs(pair.frame1[i] - warped[4 * Math.floor(i / 3) + i % 3]);
  }
  // Levels are rounded in the viewer.
  assertAlmostEquals(sum / pair.frame1.length, photometricError(pair, flow), 0.05);
});

Deno.test("measurePair() says how both directions agree", () => {
  const forward = constantFlow(3, -2, 40, 30);
  const right = measurePair(pair, { forward, backward: constantFlow(-3, 2, 40, 30) }).measures;
  assertEquals([right.inconsistent_px, right.inconsistent_pct], [0, 0]);
  // Three columns and two rows leave the picture.
  assertAlmostEquals(right.occluded_pct, 100 * (1 - 37 * 28 / 1200), 1e-9);
  const wrong = measurePair(pair, { forward, backward: forward }).measures;
  assertAlmostEquals(wrong.inconsistent_px, 2 * Math.hypot(3, 2), 1e-5);
  assertAlmostEquals(wrong.occluded_pct, 100, 1e-9);
  assertThrows(
    () => measurePair(pair, { forward: forward.with(7, NaN), backward: forward }),
    Error,
    "Cannot judge the flow of clip/1: its value NaN is no number.",
  );
});

Deno.test("metrics, summary and table of the same pairs do not contradict each other", () => {
  const measures = (factor: number) => ({
    photometric_level: 3.14159265 * factor,
    inconsistent_px: 0.1 * factor,
    inconsistent_pct: 2 * factor,
    occluded_pct: 7 * factor,
  });
  const pairs: MeasuredPair[] = [1, 2, 3].map((k) => ({
    name: `clip/${k}`,
    pixels: 100 * k,
    trained: measures(k),
    start: measures(k + 0.5),
    zeroFlow: 20 - k,
  }));
  const means = meansOf(pairs);
  assertEquals(means.pairs_count, 3);
  assertAlmostEquals(means.occluded_pct, 7 * (100 + 400 + 900) / 600, 1e-3);
  assertAlmostEquals(means.occluded_image_mean_pct, 14, 1e-9);
  assertAlmostEquals(means.zero_flow_photometric_level, (1900 + 3600 + 5100) / 600, 1e-3);
  const table = formatTsv([...OWN_COLUMNS], pairs.map((pair) => rowOf("frames", pair)));
  assertEquals(parseTsv(table, "pairs.tsv")[1].start_occluded_pct, "17.5");
  const files = {
    "metrics.json": { path: "metrics.json", text: formatMeans("frames", means) },
    "pairs.tsv": { path: "pairs.tsv", text: table },
  };
  assertEquals(scoreProblems(files), []);
});
