import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { parseSweep } from "../../pipeline/report/sweep_record.ts";
import { cellNamed } from "../../pipeline/smoothness/cells.ts";
import { formatComparison } from "../../pipeline/sweep/record.ts";
import { comparison } from "./_page_input.ts";

Deno.test("parseSweep() reads what a sweep writes", () => {
  const record = parseSweep(formatComparison(comparison()), "published.json")!;
  assertEquals(Object.keys(record), ["direct"]);
  const { cell, key, numbers } = record.direct[2];
  assertEquals(cell, cellNamed("unrolled_T1"));
  assertEquals(key, "direct.unrolled_T1");
  assertEquals(record.direct.map(({ cell }) => cell.label), [
    "L1 (baseline)",
    "TV on the same Sobel operator",
    "unrolled, T = 1",
  ]);
  assert(Object.values(numbers).every(Number.isFinite));
  assertEquals(numbers.epe_occ_against_l1_low_pct, -21.8);
});

Deno.test("parseSweep() knows that there is no sweep, and says what else is wrong", () => {
  assertEquals(parseSweep("{}", "published.json"), undefined);
  assertEquals(parseSweep('{"direct": {}, "train": {}}', "published.json"), undefined);
  assertThrows(
    () => parseSweep('{"direct": {"l1": {"epe_px": "low"}}}', "published.json"),
    Error,
    "Cannot read published.json: direct.l1.label must be text, got nothing. It must be a copy of " +
      "results/sweep/metrics.json, or {} without a sweep",
  );
  const whole = formatComparison(comparison());
  const cases: [from: string | RegExp, to: string, message: string][] = [
    ["48", '"48"', 'direct.l1.pairs_count must be a number, got "48"'],
    [/"weight": [\d.]+,/, "", "direct.l1.weight must be a number, got nothing"],
    [/"epe_occ_px": [\d.]+/, '"epe_occ_px": null', "epe_occ_px must be a number, got null"],
    [
      /"epe_occ_against_l1_low_pct": [-\d.]+,/,
      "",
      "tv.epe_occ_against_l1_low_pct must be beside epe_occ",
    ],
    [
      /,\s*"epe_occ_against_l1_runs_below_count": 2/,
      "",
      "l1_runs_below_count must be beside epe_occ",
    ],
    [/}\s*$/, "", "it is not JSON (line "],
  ];
  for (const [from, to, message] of cases) {
    assertNotEquals(whole.replace(from, to), whole, String(from));
    assertThrows(() => parseSweep(whole.replace(from, to), "published.json"), Error, message);
  }
});

Deno.test("sweep/published.json is a copy of the committed sweep", () => {
  const read = (path: string) => {
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "{}\n";
      throw error;
    }
  };
  assertEquals(
    read("sweep/published.json"),
    read("results/sweep/metrics.json"),
    "Run: cp results/sweep/metrics.json sweep/published.json && ./run dvc repro report",
  );
});
