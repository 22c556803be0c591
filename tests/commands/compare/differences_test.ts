import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { compareDatasets, matchPairs, type Table } from "../../../commands/compare/differences.ts";
import { worthAPicture } from "../../../commands/compare/sides.ts";
import { comparisonText, differencesTable, pairsTable } from "../../../commands/compare/words.ts";

/** Rows of a data set by the errors of its pairs; the pair in place i has 100 (i + 1) pixels. */
function table(name: string, dataset: string, errors: readonly number[]): Table {
  const rows = errors.map((error, i) => ({
    dataset,
    pair: `pair_${i}`,
    pixels_all_count: String(100 * (i + 1)),
    epe_px: String(error),
    zero_flow_epe_px: String(3 + i),
  }));
  return { name, rows };
}

Deno.test("compareDatasets() pools over pixels, counts pairs and gives an interval of the second to the first", () => {
  const first = [1, 2, 3, 4, 5, 6, 7, 8],
    second = first.map((error, i) => i === 2 ? 3.5 : error / 2);
  const { pairs, leftOut } = matchPairs(table("one", "a", first), table("two", "a", second));
  assertEquals([pairs.length, leftOut], [8, []]);
  const [{ dataset, scores: [epe, ...others] }] = compareDatasets(pairs);
  assertEquals([dataset, epe.score, others], ["a", "epe_px", []]);
  // Sums of (i + 1) squared, halved but for the third pair.
  assertAlmostEquals(epe.first, 204 / 36, 1e-12);
  assertAlmostEquals(epe.second, (195 / 2 + 10.5) / 36, 1e-12);
  assertEquals([epe.pairs, epe.below], [8, 7]);
  const { percent, low, high } = epe.difference!;
  assertAlmostEquals(percent, 100 * (108 / 204 - 1), 1e-9);
  assertEquals(low >= -50 && low < percent && percent < high && high < 0, true);
});

Deno.test("compareDatasets() shows no difference of a table to itself, and no interval over a few pairs", () => {
  const same = table("one", "a", [1, 2, 3, 4, 5, 6]);
  const [{ scores: [epe] }] = compareDatasets(matchPairs(same, same).pairs);
  assertEquals(epe.difference, { percent: 0, low: 0, high: 0 });
  assertEquals(epe.below, 0);
  const few = table("one", "a", [1, 2, 3, 4, 5]), better = table("two", "a", [0, 1, 2, 3, 4]);
  const datasets = compareDatasets(matchPairs(few, better).pairs);
  assertEquals(datasets[0].scores[0].difference, undefined);
  assertStringIncludes(
    comparisonText(datasets),
    "EPE, px  3.667  2.667  5 of 5     too few pairs for an interval (5 of 6)\n",
  );
});

Deno.test("compareDatasets() weighs a region by its own pixels, and leaves out what one table lacks", () => {
  const add = (side: Table, key: string, cells: readonly string[]) => ({
    ...side,
    rows: side.rows.map((row, i) => ({ ...row, [key]: cells[i] })),
  });
  const occluded = (side: Table, errors: readonly string[]) =>
    add(add(side, "pixels_occ_count", ["10", "0", "30"]), "epe_occ_px", errors);
  const one = add(table("one", "a", [1, 1, 1]), "aae_deg", ["9", "9", "9"]);
  const { pairs } = matchPairs(
    occluded(one, ["4", "", "2"]),
    occluded(table("two", "a", [1, 1, 1]), ["8", "", "1"]),
  );
  const [{ scores }] = compareDatasets(pairs);
  assertEquals(scores.map(({ score }) => score), ["epe_px", "epe_occ_px"]);
  assertEquals(scores[1], { score: "epe_occ_px", first: 2.5, second: 2.75, pairs: 2, below: 1 });
});

Deno.test("a region is compared where both have as many pixels of it, and other pairs are counted", () => {
  const occluded = (name: string, counts: readonly string[], errors: readonly string[]) => ({
    name,
    rows: table(name, "a", [1, 1, 1, 1]).rows.map((row, i) => ({
      ...row,
      pixels_occ_count: counts[i],
      epe_occ_px: errors[i],
    })),
  });
  const { pairs, leftOut } = matchPairs(
    occluded("one", ["10", "20", "30", "40"], ["4", "2", "2", "1"]),
    occluded("two", ["10", "10", "30", "0"], ["2", "1", "", ""]),
  );
  assertEquals(leftOut, [
    "Left out: 3 pairs of epe_occ_px alone, with other pixels in each (a/pair_1, a/pair_2, a/pair_3).",
  ]);
  const [{ pairs: compared, scores }] = compareDatasets(pairs);
  assertEquals(compared, 4);
  assertEquals(scores.map(({ score, pairs }) => [score, pairs]), [["epe_px", 4], [
    "epe_occ_px",
    1,
  ]]);
  assertEquals([scores[1].first, scores[1].second], [4, 2]);
});

Deno.test("matchPairs() counts what is not in both, has another truth, or no score", () => {
  const first = table("one", "a", [1, 2, 3, 4]);
  const rows = table("two", "a", [1, 2, 3, 4, 5]).rows.map((row, i) => ({
    ...row,
    ...i === 0 ? { zero_flow_epe_px: "9" } : {},
    ...i === 1 ? { pixels_all_count: "7" } : {},
    ...i === 2 ? { epe_px: "" } : {},
  }));
  const { pairs, leftOut } = matchPairs(first, { name: "two", rows });
  assertEquals(pairs.map(({ pair }) => pair), ["pair_3"]);
  assertEquals(leftOut, [
    "Left out: 1 pair only in two (a/pair_4).",
    "Left out: 2 pairs with another truth in each, though of one name (a/pair_0, a/pair_1).",
    "Left out: 1 pair without a known pixel (a/pair_2).",
  ]);
});

Deno.test("matchPairs() refuses tables without a common pair, and one that has a pair twice", () => {
  const error = assertThrows(
    () => matchPairs(table("one", "a", [1]), table("two", "b", [1])),
    Error,
    "Cannot compare one with two: they have no pair in common. Left out: 1 pair only in one (a/pair_0).",
  );
  assertStringIncludes(error.message, "only in two (b/pair_0).");
  const { rows } = table("one", "a", [1]);
  assertThrows(
    () => matchPairs({ name: "one", rows: [...rows, ...rows] }, table("two", "a", [1])),
    Error,
    "Cannot read the table of one: it has a/pair_0 twice.",
  );
});

Deno.test("worthAPicture() takes the largest gain, the largest loss and pairs by their place, each once", () => {
  const { pairs } = matchPairs(
    table("one", "a", [5, 5, 5, 5, 5, 5]),
    table("two", "a", [5, 9, 4, 5, 1, 6]),
  );
  const names = (count: number) => worthAPicture(pairs, count).map(({ pair }) => pair.slice(-1));
  assertEquals(names(3), ["4", "1", "0"]);
  assertEquals(names(6), ["4", "1", "0", "2", "5", "3"]);
  assertEquals(names(100).length, 6);
});

Deno.test("tables of a comparison leave cells empty where there is no value", () => {
  const { pairs } = matchPairs(table("one", "a", [1, 2]), table("two", "a", [3, 4]));
  assertStringIncludes(
    differencesTable(compareDatasets(pairs)),
    "\na\tepe_px\t1.66667\t3.66667\t2\t0\t\t\t\n",
  );
  const [header, row] = pairsTable(pairs).split("\n").map((line) => line.split("\t"));
  assertEquals([row[header.indexOf("a_epe_px")], row[header.indexOf("b_epe_px")]], ["1", "3"]);
  assertEquals(row[header.indexOf("b_epe_occ_px")], "");
});
