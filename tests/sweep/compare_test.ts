import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { compareCells } from "../../pipeline/sweep/compare.ts";
import { BOOTSTRAP, cellRuns, compared, run } from "./_compared.ts";

Deno.test("compareCells()", async (t) => {
  const [l1, T1, T3] = compared;
  await t.step("pools errors over pixels and tells their spread over runs", () => {
    assertEquals([l1.runs, l1.pairs], [2, 2]);
    assertAlmostEquals(l1.scores.epe_px!.mean, (100 * 2 + 300 * 4) / 400, 1e-12);
    assertEquals(l1.scores.epe_occ_px, { mean: 10, deviation: 0 });
    assertAlmostEquals(T3.scores.epe_occ_px!.mean, 9.5, 1e-12);
    assertAlmostEquals(T3.scores.epe_occ_px!.deviation!, Math.sqrt(12.5), 1e-12);
  });
  await t.step("leaves out a region that no pair has", () => {
    assertEquals(l1.scores.epe_boundary_px, undefined);
    assertEquals(T1.differences.l1!.epe_boundary_px, undefined);
  });
  await t.step("compares with L1 on the same pairs", () => {
    assertEquals(T1.differences.l1!.epe_occ_px, {
      percent: -50,
      low: -50,
      high: -50,
      runsBelow: 2,
    });
    assertEquals(T1.differences.l1!.epe_px, { percent: 0, low: 0, high: 0, runsBelow: 0 });
  });
  await t.step("takes the mean of a pair over runs, and counts the runs that are below", () => {
    const { percent, runsBelow } = T3.differences.l1!.epe_occ_px!;
    assertAlmostEquals(percent, -5, 1e-12);
    assertEquals(runsBelow, 1);
    // All pixels: pair a 2.5, pair b 3.5 against 2 and 4; the interval is from a alone to b alone.
    const all = T3.differences.l1!.epe_px!;
    assertAlmostEquals(all.percent, 100 * (1300 / 1400 - 1), 1e-9);
    assertAlmostEquals(all.low, -12.5, 1e-9);
    assertAlmostEquals(all.high, 25, 1e-9);
  });
  await t.step("compares no cell with itself or with one that was not run", () => {
    assertEquals(l1.differences, {});
    assertEquals(Object.keys(T1.differences), ["l1"]);
  });
  await t.step("has no spread for a single run", () => {
    const [alone] = compareCells([cellRuns("tv", run(1, 1, 1))], BOOTSTRAP);
    assertEquals(alone.scores.epe_px, { mean: 1 });
  });
  await t.step("refuses cells of other pairs", () => {
    const other = [{ ...run(1, 1, 1)[0], pair: "c" }, run(1, 1, 1)[1]];
    assertThrows(
      () => compareCells([cellRuns("l1", run(1, 1, 1)), cellRuns("tv", other)], BOOTSTRAP),
      Error,
      "Cannot compare cell tv with l1: they were run on other pairs",
    );
  });
});
