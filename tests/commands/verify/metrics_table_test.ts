import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  compareMetrics,
  formatComparisons,
  toleranceOf,
} from "../../../commands/verify/metrics_table.ts";

const json = (values: unknown) => JSON.stringify(values);
const SUMMARY = "results/evaluate/summary.json";

Deno.test("toleranceOf() allows nothing where no adapter takes part", () => {
  for (
    const metric of [
      `${SUMMARY}:scenes.pairs_count`,
      `${SUMMARY}:scenes.zero_flow_epe_px`,
      "results/train/metrics.json:validation.zero_flow_epe_px",
      "results/direct/summary.json:scenes.zero_flow_epe_px",
    ]
  ) assertEquals(toleranceOf(metric).relative + toleranceOf(metric).absolute, 0, metric);
});

Deno.test("toleranceOf() allows a trained network more than a direct minimisation", () => {
  assertEquals(toleranceOf("results/direct/summary.json:scenes.epe_px").relative, 0.03);
  assertEquals(toleranceOf(`${SUMMARY}:scenes.epe_px`).relative, 0.15);
  assertEquals(toleranceOf(`${SUMMARY}:kitti2015.fl_all_pct`).absolute, 3);
  assertEquals(toleranceOf(`${SUMMARY}:middlebury.epe_px`).relative, 0.15);
});

Deno.test("toleranceOf() allows more where motion is longer than in training, and the errors are smallest", () => {
  assertEquals(toleranceOf(`${SUMMARY}:sintel_final.epe_occ_image_mean_px`).relative, 0.9);
  assertEquals(toleranceOf(`${SUMMARY}:kitti2015.aae_image_mean_deg`).absolute, 60);
  assertEquals(toleranceOf(`${SUMMARY}:scenes.aae_deg`).absolute, 0.05);
  assertEquals(toleranceOf(`${SUMMARY}:scenes.epe_d60_140_px`).relative, 1);
  assertEquals(toleranceOf(`${SUMMARY}:scenes.epe_d10_60_px`).relative, 0.15);
  assertEquals(toleranceOf(`${SUMMARY}:sintel_final.zero_flow_epe_px`).relative, 0);
});

Deno.test("compareMetrics() measures each number against its own tolerance", () => {
  const committed = { scenes: { epe_px: 2, epe_occ_px: 2, pairs_count: 48 }, note: "text" };
  const rerun = { scenes: { epe_px: 2.34, epe_occ_px: 1.64, pairs_count: 49 }, note: "other" };
  const found = compareMetrics(SUMMARY, json(committed), json(rerun));
  assertEquals(found.map(({ metric, within }) => [metric.split(":")[1], within]), [
    ["scenes.epe_px", true],
    ["scenes.epe_occ_px", false],
    ["scenes.pairs_count", false],
  ]);
  assertAlmostEquals(found[0].allowed, 0.05 + 0.15 * 2);
});

Deno.test("compareMetrics() never accepts a number that only one run has", () => {
  const found = compareMetrics(SUMMARY, json({ a_px: 0 }), json({ b_px: 0 }));
  assertEquals(
    found.map(({ metric, committed, rerun, within }) => [metric, committed, rerun, within]),
    [
      [`${SUMMARY}:a_px`, 0, undefined, false],
      [`${SUMMARY}:b_px`, undefined, 0, false],
    ],
  );
});

Deno.test("formatComparisons() puts what is out of tolerance on top, in aligned columns", () => {
  const found = compareMetrics(
    "m.json",
    json({ a_px: 1, some_count: 3, c_px: 12.3456789 }),
    json({ a_px: 1.1, some_count: 3, d_px: 1 }),
  );
  assertEquals(formatComparisons(found), [
    "metric             committed   rerun  difference  allowed",
    "m.json:c_px           12.346  absent               1.9019  OUT",
    "m.json:d_px           absent       1                 0.05  OUT",
    "m.json:a_px                1     1.1        +0.1      0.2  ok",
    "m.json:some_count          3       3          +0        0  ok",
  ]);
});
