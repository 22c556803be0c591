import { assertEquals } from "@std/assert";
import { rankPairs, rankText } from "../../pipeline/report/ranking.ts";

const rows = [
  { dataset: "b", pair: "x", epe_px: "10", zero_flow_epe_px: "12", epe_occ_px: "20" },
  { dataset: "a", pair: "y", epe_px: "1", zero_flow_epe_px: "2", epe_occ_px: "" },
  { dataset: "b", pair: "z", epe_px: "9", zero_flow_epe_px: "12", epe_occ_px: "0" },
  { dataset: "b", pair: "unknown", epe_px: "", zero_flow_epe_px: "", epe_occ_px: "" },
];

Deno.test("rankPairs() orders by number within each data set, without what has no score", () => {
  const ranked = rankPairs(rows);
  assertEquals(ranked.map(({ name, rank, count }) => `${name} ${rank}/${count}`), [
    "z 1/2",
    "x 2/2",
    "y 1/1",
  ]);
  assertEquals(ranked.map(({ occludedEpe }) => occludedEpe), [0, 20, undefined]);
});

Deno.test("rankText() says the place where there is one", () => {
  const [best, worst, only] = rankPairs(rows);
  assertEquals(rankText(best), "EPE 9.00 px, zero flow 12.00 px; the best of 2");
  assertEquals(rankText(worst), "EPE 10.00 px, zero flow 12.00 px; the worst of 2");
  assertEquals(rankText(only), "EPE 1.00 px, zero flow 2.00 px");
  assertEquals(
    rankText({ ...best, rank: 2, count: 3 }),
    "EPE 9.00 px, zero flow 12.00 px; place 2 of 3",
  );
});
