/**
 * Compares all cells of the tracked sweep: metrics.json, tables, the figure, and a report in words. Which cells there are
 * it takes from sweep/params.yaml and not from the folder, where cells of earlier lists remain.
 */
import { decodeText } from "../../pipeline/common/io/text.ts";
import { type ColumnKind, parseTsv } from "../../pipeline/common/io/tsv.ts";
import { type CellLists, cellsOf } from "../../pipeline/smoothness/cells.ts";
import {
  type CellFile,
  COMPARED_COLUMNS,
  type Cost,
  parseCell,
  trainingInWords,
  TUNING_COLUMNS,
} from "../../pipeline/sweep/cell_file.ts";
import { type CellRuns, compareCells, type PairRow } from "../../pipeline/sweep/compare.ts";
import { drawComparison } from "../../pipeline/sweep/figure.ts";
import {
  type Comparison,
  comparisonTable,
  formatComparison,
  tableAgainstT,
} from "../../pipeline/sweep/record.ts";
import { sweepReport } from "../../pipeline/sweep/report.ts";
import type { TriedWeight, WeightChoice } from "../../pipeline/sweep/weights.ts";
import { type Choice, pairsOfSeed } from "../sweep_cells/runs.ts";
import { readWhole } from "../common/read_whole.ts";
import { runStage, writeOutput } from "../common/stage.ts";
import { parseSweepParams, type SweepParams } from "../sweep_cells/params.ts";

const OUT = "results/sweep";

await runStage("sweep", async () => {
  const params = parseSweepParams(await Deno.readFile("sweep/params.yaml"));
  const { comparison: bootstrap, direct_cells, train_cells } = params;
  const compare = async (
    experiment: "direct" | "train",
    lists: CellLists,
    runsOf: (cost: Cost) => { weight: number; tables: string[] },
  ) => {
    const cells: CellRuns[] = [];
    for (const cell of cellsOf(lists)) {
      const folder = `${OUT}/${experiment}/${cell.name}`;
      const { cost } = await cellIn(folder);
      const { weight, tables } = runsOf(cost);
      cells.push({
        cell,
        weight,
        edgeAlpha: cost.edge_alpha,
        runs: await Promise.all(tables.map((table) => readTable(`${folder}/${table}`))),
      });
    }
    return cells.length > 0 ? compareCells(cells, bootstrap) : [];
  };
  const trained = (choice: Choice) =>
    compare("train", train_cells, ({ weight, edges_weight }) => {
      // The only weight of a cell is that of either choice.
      const own = choice === "edges" && edges_weight !== undefined ? choice : "all";
      return {
        weight: own === "all" ? weight : edges_weight!,
        tables: train_cells.seeds.map((seed) => pairsOfSeed(seed, own)),
      };
    });
  const isTuned = cellsOf(train_cells)
    .some(({ smoothness }) => train_cells.weights[smoothness].length > 1);
  const atEqualWeight = await compareAtEqualWeight(params);
  const comparison = {
    direct: await compare(
      "direct",
      direct_cells,
      ({ weight }) => ({ weight, tables: ["pairs.tsv"] }),
    ),
    train: await trained("all"),
    ...isTuned ? { train_edges: await trained("edges") } : {},
  };
  await writeOutput(`${OUT}/metrics.json`, formatComparison(comparison));
  await writeOutput(`${OUT}/sweep.tsv`, comparisonTable(comparison));
  await writeOutput(`${OUT}/direct_against_t.tsv`, tableAgainstT(comparison.direct));
  await writeOutput(`${OUT}/train_against_t.tsv`, tableAgainstT(comparison.train));
  await writeOutput(
    `${OUT}/epe_against_t.svg`,
    drawComparison(comparison, {
      direct: "Direct",
      train: "Network",
      train_edges: "Network, by edges",
    }),
  );
  await writeOutput(`${OUT}/equal_weight.tsv`, comparisonTable(atEqualWeight));
  const [network] = cellsOf(train_cells);
  await writeOutput(
    `${OUT}/report.md`,
    sweepReport(comparison, {
      atEqualWeight,
      choices: {
        direct: await choicesOf("direct", direct_cells),
        train: await choicesOf("train", train_cells),
      },
      training: network && trainingInWords(await cellIn(`${OUT}/train/${network.name}`)),
    }),
  );
});

/** What the cell said that left its files in a folder. */
async function cellIn(folder: string): Promise<CellFile> {
  const metrics = `${folder}/metrics.json`;
  return parseCell(await readWhole(metrics), metrics);
}

/** What each cell of an experiment had to choose from, and took. */
function choicesOf(
  experiment: "direct" | "train",
  lists: CellLists & { weights: Readonly<Record<string, readonly number[]>> },
): Promise<WeightChoice[]> {
  return Promise.all(
    cellsOf(lists).map(async (cell) => {
      const folder = `${OUT}/${experiment}/${cell.name}`;
      const { cost: { weight, edges_weight } } = await cellIn(folder);
      const chosen = { all: weight, ...edges_weight === undefined ? {} : { edges: edges_weight } };
      if (lists.weights[cell.smoothness].length === 1) return { cell, tried: [], chosen };
      const path = `${folder}/tuning.tsv`;
      const rows = parseTsv(decodeText(await readWhole(path), path), path, TUNING_COLUMNS);
      return { cell, tried: rows.map(triedWeight), chosen };
    }),
  );
}

/** @param row of tuning.tsv */
function triedWeight({ weight, ...row }: Readonly<Record<string, string>>): TriedWeight {
  const errors = (["epe_px", "epe_occ_px", "epe_boundary_px"] as const)
    .filter((name) => row[name] !== "")
    .map((name) => [name, Number(row[name])]);
  return { weight: Number(weight), errors: Object.fromEntries(errors) };
}

/** Rows of a table of pairs. @param more columns that it must have */
async function readTable(
  path: string,
  more: Readonly<Record<string, ColumnKind>> = {},
): Promise<PairRow[]> {
  const text = decodeText(await readWhole(path), path);
  return parseTsv(text, path, { ...COMPARED_COLUMNS, ...more });
}

/** The unrolled cells of direct on the validation pairs, one comparison for each weight. */
async function compareAtEqualWeight(
  { comparison, direct_cells }: SweepParams,
): Promise<Comparison> {
  const cells = cellsOf(direct_cells)
    .filter(({ unrollIterations }) => unrollIterations !== undefined);
  const tables = await Promise.all(cells.map(async (cell) => {
    const path = `${OUT}/direct/${cell.name}/tuning_pairs.tsv`;
    return { cell, rows: await readTable(path, { weight: "number" }) };
  }));
  const weights = cells.length > 0 ? direct_cells.weights[cells[0].smoothness] : [];
  return Object.fromEntries(weights.map((weight) => [
    `weight ${weight}`,
    compareCells(
      tables.map(({ cell, rows }) => ({
        cell,
        weight,
        edgeAlpha: direct_cells.edge_alpha[cell.smoothness],
        runs: [rows.filter((row) => Number(row.weight) === weight)],
      })),
      comparison,
    ),
  ]));
}
