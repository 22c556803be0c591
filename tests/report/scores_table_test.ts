import { assertEquals } from "@std/assert";
import { PairScorer, scoresOf } from "../../pipeline/score/metrics.ts";
import { scoresTable } from "../../pipeline/report/scores_table.ts";
import { drawTruth } from "../score/metrics/_ascii.ts";

Deno.test("scoresTable() sets the network beside zero flow, pooled and as image mean", () => {
  const lines = scoresTable({
    epe_px: 1.23456,
    zero_flow_epe_px: 3.2,
    epe_image_mean_px: 1.5,
    zero_flow_epe_image_mean_px: 3.5,
    fl_occ_pct: 12.345,
    aae_deg: 7,
  }).split("\n");
  assertEquals(lines.slice(2), [
    "| EPE, all pixels (px) | 1.235 | 3.200 | 1.500 | 3.500 |",
    "| angular error (°) | 7.00 |  |  |  |",
    "| Fl, visible in frame 1 only (%) | 12.35 |  |  |  |",
  ]);
});

Deno.test("scoresTable() knows every score that the evaluator can give", () => {
  const row = "a".repeat(3) + "b".repeat(80) + "c".repeat(80);
  const truth = drawTruth([row, row], {
    a: { flow: [0, 0], occluded: true, foreground: true },
    b: { flow: [20, 0], occluded: false, foreground: false },
    c: { flow: [50, 0], occluded: false, foreground: false },
  });
  const scores = scoresOf(new PairScorer(truth).tallyZeroFlow());
  assertEquals(Object.keys(scores).length, 26);
  assertEquals(scoresTable(scores).split("\n").length, 2 + 26);
});
