/**
 * Compares all cells of the tracked sweep: metrics.json, tables, the figure, and a report in words. Which cells there are
 * it takes from params.yaml and not from the folder, where cells of earlier lists remain.
 */
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import type { Params } from "../../pipeline/params.ts";
import { cellsOf, type ExperimentName, runsOf } from "../../pipeline/smoothness/cells.ts";
import { type CellRuns, compareCells } from "../../pipeline/sweep/compare.ts";
import { drawComparison } from "../../pipeline/sweep/figure.ts";
import {
  type Comparison,
  comparisonTable,
  formatComparison,
  tableAgainstT,
} from "../../pipeline/sweep/record.ts";
import { sweepReport } from "../../pipeline/sweep/report.ts";
import { readSection, runStage, writeOutput } from "../common/stage.ts";

const OUT = "results/sweep";

await runStage("sweep", async () => {
  const params = await readSection("sweep");
  const compare = async (experiment: ExperimentName) => {
    const cells: CellRuns[] = [];
    for (const cell of cellsOf(params, experiment)) {
      const folders = runsOf(params, experiment, cell).map((run) => `${OUT}/${experiment}/${run}`);
      const { cost } = JSON.parse(await Deno.readTextFile(`${folders[0]}/metrics.json`));
      const tables = folders.map((folder) => `${folder}/pairs.tsv`);
      const runs = await Promise.all(
        tables.map(async (path) => parseTsv(await Deno.readTextFile(path), path)),
      );
      cells.push({ cell, weight: cost.weight, edgeAlpha: cost.edge_alpha, runs });
    }
    return cells.length > 0 ? compareCells(cells, params) : [];
  };
  const atEqualWeight = await compareAtEqualWeight(params);
  const comparison = { direct: await compare("direct"), train: await compare("train") };
  await writeOutput(`${OUT}/metrics.json`, formatComparison(comparison));
  await writeOutput(`${OUT}/sweep.tsv`, comparisonTable(comparison));
  await writeOutput(`${OUT}/direct_against_t.tsv`, tableAgainstT(comparison.direct));
  await writeOutput(`${OUT}/train_against_t.tsv`, tableAgainstT(comparison.train));
  await writeOutput(
    `${OUT}/epe_against_t.svg`,
    drawComparison(comparison, { direct: "Direct", train: "Network" }),
  );
  await writeOutput(`${OUT}/equal_weight.tsv`, comparisonTable(atEqualWeight));
  await writeOutput(`${OUT}/report.md`, sweepReport(comparison, atEqualWeight));
});

/** The unrolled cells of direct on the validation pairs, one comparison for each weight. */
async function compareAtEqualWeight(params: Params["sweep"]): Promise<Comparison> {
  const cells = cellsOf(params, "direct").filter(({ smoothness }) => smoothness === "unrolled");
  const tables = await Promise.all(cells.map(async (cell) => {
    const path = `${OUT}/direct/${cell.name}/tuning_pairs.tsv`;
    return { cell, rows: parseTsv(await Deno.readTextFile(path), path) };
  }));
  const weights = tables.length > 0 ? params.direct.weights.unrolled : [];
  return Object.fromEntries(weights.map((weight) => [
    `weight ${weight}`,
    compareCells(
      tables.map(({ cell, rows }) => ({
        cell,
        weight,
        edgeAlpha: params.direct.edge_alpha.unrolled,
        runs: [rows.filter((row) => Number(row.weight) === weight)],
      })),
      params,
    ),
  ]));
}
