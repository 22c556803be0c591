import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import { parseCell, trainingInWords } from "../../pipeline/sweep/cell_file.ts";
import { compareCells } from "../../pipeline/sweep/compare.ts";
import {
  comparisonTable,
  differenceIn,
  formatComparison,
  tableAgainstT,
} from "../../pipeline/sweep/record.ts";
import { sweepReport } from "../../pipeline/sweep/report.ts";
import { BOOTSTRAP, cellRuns, compared, run } from "./_compared.ts";

const comparison = { train: compared };

Deno.test("formatComparison() writes flat numbers by experiment and cell", () => {
  const { train } = JSON.parse(formatComparison(comparison));
  assertEquals(Object.keys(train), ["l1", "unrolled_T1", "unrolled_T3"]);
  const { unrolled_T3: T3 } = train;
  assertEquals(T3.epe_occ_px, 9.5);
  assertEquals(T3.epe_occ_px_sd, 3.53553);
  assertEquals([T3.epe_occ_against_l1_pct, T3.epe_occ_against_l1_runs_below_count], [-5, 1]);
  assert(!("epe_boundary_px" in T3));
  const { label, smoothness, unroll_iterations, stop_gradient, ...numbers } = T3;
  assertEquals([label, smoothness, unroll_iterations, stop_gradient], [
    "unrolled, T = 3",
    "unrolled",
    3,
    false,
  ]);
  assert(Object.values(numbers).every(Number.isFinite));
  assertEquals([train.l1.label, train.l1.unroll_iterations], ["L1 (baseline)", undefined]);
});

Deno.test("differenceIn() reads back what formatComparison() wrote", () => {
  const { train: { l1, unrolled_T3: T3 } } = JSON.parse(formatComparison(comparison));
  const { low, ...read } = differenceIn(T3, "epe_px", "l1")!;
  assertEquals([low, read.high, read.runsBelow], [-12.5, 25, 1]);
  assertEquals(differenceIn(l1, "epe_px", "l1"), undefined);
  assertEquals(differenceIn(T3, "epe_px", "tv"), undefined);
});

Deno.test("comparisonTable() has one row a cell, with the numbers of metrics.json", () => {
  const rows = parseTsv(comparisonTable(comparison), "sweep.tsv");
  assertEquals(rows.map(({ cell, unroll_iterations }) => [cell, unroll_iterations]), [
    ["l1", ""],
    ["unrolled_T1", "1"],
    ["unrolled_T3", "3"],
  ]);
  assertEquals([rows[0].epe_occ_against_l1_pct, rows[1].epe_occ_against_l1_pct], ["", "-50"]);
});

Deno.test("tableAgainstT() has one row a T, and L1 beside it", () => {
  const rows = parseTsv(tableAgainstT(compared), "train_against_t.tsv");
  assertEquals(rows.map((row) => [row.unroll_iterations, row.epe_occ_px, row.l1_epe_occ_px]), [
    ["1", "5", "10"],
    ["3", "9.5", "10"],
  ]);
  assertEquals(tableAgainstT([]).split("\n").length, 2);
});

Deno.test("sweepReport() says what was found, nothing included", () => {
  const report = sweepReport(comparison);
  assertStringIncludes(
    report,
    "The error on occluded pixels is lower than with the L1 baseline for unrolled, T = 1 (-50.0 % " +
      "[-50.0, -50.0]; in 2 of 2 seeds), and shows no difference to the L1 baseline for unrolled, T = 3 (-5.0 % " +
      "[-5.0, -5.0]; not counted, in only 1 of 2 seeds).",
  );
  assertStringIncludes(
    report,
    "-5.0 % [-5.0, -5.0]: interval below 0, but in only 1 of 2 seeds: not counted as a difference",
  );
  assertStringIncludes(report, "| unrolled, T = 3 | 0.3 | 10 |");
  assertStringIncludes(report, "9.500 ± 3.536");
  assert(!report.includes("At equal weight"));
  assertMatch(report, /TV on the same Sobel operator and T = 0 have the first without the second/);
});

Deno.test("sweepReport() compares the unrolled cells at equal weight where there are several", () => {
  const [T0, T1] = compareCells([
    cellRuns("unrolled_T0", run(2, 4, 10)),
    cellRuns("unrolled_T1", run(2, 4, 8)),
  ], BOOTSTRAP);
  const report = sweepReport(comparison, { atEqualWeight: { "weight 0.3": [T0, T1] } });
  const [, part] = report.split("### At equal weight 0.3");
  assertStringIncludes(part, "| unrolled, T = 1 | -20.0 % [-20.0, -20.0]: lower |");
  assertEquals(part.match(/unrolled, T = 0 \|/), null);
});

Deno.test("sweepReport() shows zero flow beside the cells, pooled over pixels", () => {
  const withZero = run(2, 4, 10).map((row, i) => ({
    ...row,
    zero_flow_epe_px: ["6", "10"][i],
    zero_flow_epe_occ_px: ["", "12"][i],
  }));
  const report = sweepReport({ train: compareCells([cellRuns("l1", withZero)], BOOTSTRAP) });
  assertStringIncludes(report, "| zero flow | – | – | 9.000 | – | 12.000 | – |");
  assert(!sweepReport(comparison).includes("zero flow"));
});

Deno.test("sweepReport() does not repeat tables where both choices took the same weights", () => {
  const title = "## Network, weights chosen by occluded pixels and near boundaries\n";
  const same = sweepReport({ train: compared, train_edges: compared }).split(title)[1];
  assertMatch(same, /^\nThe same weights as above, and so the same numbers\.\n\n## How to read it/);
  const others = compared.map((cell, i) => ({ ...cell, weight: i === 2 ? 1 : cell.weight }));
  const other = sweepReport({ train: compared, train_edges: others }).split(title)[1];
  assertStringIncludes(other, "| unrolled, T = 3 | 1 | 10 |");
});

Deno.test("sweepReport() speaks of networks and of direct where they were run, and of their training", () => {
  const training = "Networks of width 1.";
  const network = sweepReport({ direct: [], train: compared }, { training });
  assertStringIncludes(network, "mean ± standard deviation of 2 seeds. Networks of width 1.\n");
  assert(!network.includes("Direct minimises") && network.includes("The network's cells"));
  const direct = sweepReport({ direct: compared, train: [] }, { training });
  assert(direct.includes("Direct minimises") && !direct.includes("etwork's cells"));
  assert(!direct.includes(training));
});

Deno.test("trainingInWords() says what trained the network of a cell", () => {
  const cell = (made_by: unknown) =>
    parseCell(JSON.stringify({ cost: { weight: 1, edge_alpha: 3 }, made_by }), "metrics.json");
  const train = { steps: 300, batch: 8, crop: [64, 128], w_l1: 0 };
  assertEquals(
    trainingInWords(cell({ pretrain: { width: 0.25, steps: 6000 }, train })),
    "Networks of width 0.25, pretrained for 6000 steps; each is then trained for 300 steps of 8 crops of 64 × 128 px.",
  );
  assertEquals(trainingInWords(cell(undefined)), "");
});
