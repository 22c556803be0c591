import { assertEquals, assertMatch } from "@std/assert";
import {
  comparePairs,
  compareScores,
  DIRECT_TOLERANCE,
  formatTolerance,
  MODEL_TOLERANCE,
} from "../../../commands/verify/pair_table.ts";

const row = (pair: string, epe_px: number, others: Record<string, string> = {}) => ({
  dataset: "scenes",
  pair,
  pixels_all_count: "100",
  epe_px: String(epe_px),
  fl_all_pct: "10",
  epe_occ_px: "",
  zero_flow_epe_px: "3",
  ...others,
});

Deno.test("comparePairs() wants equal texts on the same adapter", () => {
  assertEquals(comparePairs([row("a", 1)], [row("a", 1)]), []);
  assertEquals(comparePairs([row("a", 1)], [row("a", 1.00001)]), [
    "scenes/a has epe_px 1, now 1.00001",
  ]);
});

Deno.test("comparePairs() allows rounding on another adapter, and less for the same weights", () => {
  // 1 permille of 2 px and 0.001 px: 0.003.
  assertEquals(comparePairs([row("a", 2)], [row("a", 2.0029)], MODEL_TOLERANCE), []);
  assertEquals(comparePairs([row("a", 2)], [row("a", 2.0031)], MODEL_TOLERANCE).length, 1);
  assertEquals(comparePairs([row("a", 2)], [row("a", 1.8)], MODEL_TOLERANCE).length, 1);
  // A single pair of direct may move by 0.3 px, the mean over the batch not by more than 0.07.
  const committed = [row("a", 2), row("b", 2), row("c", 2), row("d", 2), row("e", 2)];
  const one = [row("a", 2.29), ...committed.slice(1)];
  assertEquals(comparePairs(committed, one, DIRECT_TOLERANCE), []);
  const all = committed.map(({ pair }) => row(pair, 1.8));
  assertEquals(comparePairs(committed, all, DIRECT_TOLERANCE), [
    "the mean of epe_px is 2, now 1.8",
  ]);
});

Deno.test("comparePairs() allows nothing for counts, zero flow, missing scores and other pairs", () => {
  const was = [row("a", 1)];
  for (
    const [key, value] of [
      ["pixels_all_count", "101"],
      ["zero_flow_epe_px", "3.0001"],
      ["epe_occ_px", "0"],
      ["fl_all_pct", ""],
    ]
  ) {
    assertEquals(comparePairs(was, [row("a", 1, { [key]: value })], MODEL_TOLERANCE).length, 1);
  }
  assertMatch(comparePairs(was, [row("b", 1)], MODEL_TOLERANCE)[0], /scenes\/a, scored again .*b$/);
  assertMatch(comparePairs(was, [], MODEL_TOLERANCE)[0], /^committed are the pairs scenes\/a/);
});

Deno.test("compareScores() knows units behind the data set's name", () => {
  const scores = (epe_px: number, zero_flow_epe_px = 3) => ({
    kitti: { epe_px, zero_flow_epe_px },
  });
  assertEquals(compareScores(scores(2), scores(2.002), MODEL_TOLERANCE), []);
  assertEquals(compareScores(scores(2), scores(2.002)), ["kitti.epe_px is 2, now 2.002"]);
  assertEquals(compareScores(scores(2), scores(2, 3.001), MODEL_TOLERANCE), [
    "kitti.zero_flow_epe_px is 3, now 3.001",
  ]);
  assertEquals(compareScores(scores(2), { kitti: { epe_px: 2 } }, MODEL_TOLERANCE), [
    "kitti.zero_flow_epe_px is 3, now undefined",
  ]);
});

Deno.test("formatTolerance() states what is allowed", () => {
  assertEquals(
    formatTolerance("evaluate", MODEL_TOLERANCE),
    "Allowed for evaluate on another adapter is 0.1 % + 0.001 px, 0.01°, 0.1 points: the same weights, rounded otherwise.",
  );
});
