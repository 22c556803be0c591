/** Readers of parameters, tables and records. */
import { parseTsv } from "../../../pipeline/common/io/tsv.ts";
import { parseScores } from "../../../pipeline/common/io/scores.ts";
import { parseSplits } from "../../../pipeline/common/io/splits.ts";
import { parseManifest } from "../../../pipeline/fetch/manifest.ts";
import {
  LOSS_COLUMNS,
  parseGraph,
  parseModelsParameters,
  parseParameters,
  parseTraining,
} from "../../../pipeline/report/inputs.ts";
import { parseCell } from "../../../pipeline/sweep/cell_file.ts";
import { parseSweep } from "../../../pipeline/report/sweep_record.ts";
import { parseModelsParams } from "../../../stages/check/models_params.ts";
import { parseParams } from "../../../stages/check/params.ts";
import { parseExperiment } from "../../../stages/sweep_cells/experiment_params.ts";
import { parseSweepParams } from "../../../stages/sweep_cells/params.ts";
import { valueAt } from "../../../commands/lineage/values.ts";
import { changedParams } from "../../../commands/recipe/changes.ts";
import { openRecipes } from "../../../commands/recipe/folder.ts";
import { parseRecipeFile, readRecipe } from "../../../commands/recipe/recipe.ts";
import { readHeadline } from "../../../commands/report/headline.ts";
import { committed, HOSTILE_JSON, HOSTILE_YAML, text } from "../hand_made.ts";
import { bytesOf, type Reader, textOf } from "../reader.ts";

const METRICS = "results/evaluate/metrics.json";
const SUMMARY = "results/evaluate/summary.json";
const PAIRS = "results/evaluate/pairs.tsv";
const LOSS = "results/train/curves/loss.tsv";
const TRAINING = "results/train/metrics.json";
const SPLITS = "results/preprocess/splits.json";
const GRAPH = "stages/report/graph.json";
const MANIFEST = "results/download/manifest.json";

const SAMPLE_MANIFEST = JSON.stringify({
  sources: [
    ["middlebury_sample", "middlebury", "middlebury"],
    ["sintel_sample", "sintel", "sintel"],
  ].map(([name, dataset, layout]) => ({
    name,
    title: `The sample ${name}`,
    dataset,
    layout,
    page: "https://example.org",
    licence: "own",
    citation: "",
    archives: [{ file: `${name}.zip`, bytes: 1234, sha256: "0".repeat(64) }],
  })),
});

/** params.yaml, in which groups of keys are none, after a recipe that has them. */
async function withGroups(): Promise<Uint8Array> {
  const params = await Deno.readTextFile("params.yaml");
  return bytesOf(changedParams(params, readRecipe("sintel-unrolled", openRecipes("."))));
}

export const DOCUMENT_READERS: readonly Reader[] = [
  {
    name: "params.yaml",
    form: "yaml",
    file: "params.yaml",
    samples: { committed: committed("params.yaml"), "with groups": withGroups },
    hostile: { ...HOSTILE_YAML, empty: text("") },
    read: (bytes) => parseParams(textOf(bytes)),
  },
  {
    name: "sweep/params.yaml",
    form: "yaml",
    file: "sweep/params.yaml",
    samples: {
      committed: committed("sweep/params.yaml"),
      "no experiment": committed("models/sweep/params.yaml"),
    },
    hostile: {
      ...HOSTILE_YAML,
      empty: text(""),
      "one section of an experiment": text("scenes:\n  seed: 1\n"),
    },
    read: (bytes, file) => ({
      sweep: parseSweepParams(textOf(bytes)),
      experiment: parseExperiment(bytes, file),
    }),
  },
  {
    name: "models/params.yaml",
    form: "yaml",
    file: "models/params.yaml",
    samples: { committed: committed("models/params.yaml") },
    hostile: { ...HOSTILE_YAML, empty: text("") },
    read: parseModelsParams,
  },
  {
    name: "recipe",
    form: "yaml",
    file: "recipes/sintel-unrolled.yaml",
    samples: { committed: committed("recipes/sintel-unrolled.yaml") },
    hostile: {
      ...HOSTILE_YAML,
      empty: text(""),
      "extends a file elsewhere": text("extends: ../../notes\nparams: {}\n"),
      "a title of two lines": text('title: "One\\nTwo"\nparams: {}\n'),
    },
    read: (bytes, file) => {
      const { params, ...rest } = parseRecipeFile(bytes, file);
      return { ...rest, params: [...params] };
    },
  },
  {
    name: "manifest",
    form: "json",
    file: MANIFEST,
    samples: { "two sources": text(SAMPLE_MANIFEST) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => parseManifest(textOf(bytes), file),
  },
  {
    name: "splits",
    form: "json",
    file: SPLITS,
    samples: {
      two: text(JSON.stringify({
        splits: [
          { split: "train", dataset: "scenes", pairs: 400, truth: true },
          { split: "kitti2015", dataset: "kitti2015", pairs: 1, truth: false },
        ],
      })),
    },
    hostile: {
      ...HOSTILE_JSON,
      "a folder outside": text(JSON.stringify({
        splits: [{ split: "../x", dataset: "scenes", pairs: 1, truth: true }],
      })),
      "a split twice": text(JSON.stringify({
        splits: new Array(2).fill({ split: "x", dataset: "scenes", pairs: 1, truth: true }),
      })),
    },
    read: parseSplits,
  },
  {
    name: "scores",
    form: "json",
    file: METRICS,
    samples: { committed: committed(METRICS) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => parseScores(bytes, file, "evaluate"),
  },
  {
    name: "parameters of the report",
    form: "yaml",
    file: "params.yaml",
    samples: { committed: committed("params.yaml") },
    hostile: { ...HOSTILE_YAML, empty: text("") },
    read: parseParameters,
  },
  {
    name: "scenes of the report",
    form: "yaml",
    file: "models/params.yaml",
    samples: { committed: committed("models/params.yaml") },
    hostile: { ...HOSTILE_YAML, empty: text("") },
    read: parseModelsParameters,
  },
  {
    name: "training",
    form: "json",
    file: TRAINING,
    samples: { committed: committed(TRAINING) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => parseTraining(bytes, file, "train"),
  },
  {
    name: "graph",
    form: "json",
    file: GRAPH,
    samples: { committed: committed(GRAPH) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => parseGraph(textOf(bytes), file),
  },
  {
    name: "sweep cell",
    form: "json",
    file: "results/sweep/direct/l1/metrics.json",
    samples: { one: text(JSON.stringify({ cost: { weight: 30, edge_alpha: 10 }, scenes: {} })) },
    hostile: HOSTILE_JSON,
    read: parseCell,
  },
  {
    name: "sweep record",
    form: "json",
    file: "sweep/published.json",
    samples: { committed: committed("sweep/published.json") },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => parseSweep(textOf(bytes), file),
  },
  {
    name: "headline",
    form: "json",
    file: SUMMARY,
    samples: { committed: committed(SUMMARY) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) =>
      readHeadline((path) =>
        path === file ? Promise.resolve(textOf(bytes)) : Deno.readTextFile(path)
      ),
  },
  {
    name: "traced metric",
    form: "json",
    file: METRICS,
    samples: { committed: committed(METRICS) },
    hostile: HOSTILE_JSON,
    read: (bytes, file) => valueAt(file, textOf(bytes), "scenes.epe_px"),
  },
  {
    name: "traced cell",
    form: "lines",
    file: LOSS,
    samples: { committed: committed(LOSS) },
    hostile: { empty: text(""), "a header alone": text("step\ttotal\n") },
    read: (bytes, file) => valueAt(file, textOf(bytes), "50.total_loss"),
  },
  {
    name: "table",
    form: "lines",
    file: PAIRS,
    samples: { pairs: committed(PAIRS) },
    hostile: {
      "a row too short": text("a\tb\n1\n"),
      "a row too long": text("a\n1\t2\n"),
      "a column twice": text("a\ta\n1\t2\n"),
      empty: text(""),
    },
    heavy: {
      "200000 rows": text(`a\tb\n${"1\t2\n".repeat(200_000)}`),
      "200000 columns": text(Array.from({ length: 200_000 }, (_, i) => `c${i}`).join("\t")),
    },
    read: (bytes, file) => parseTsv(textOf(bytes), file),
  },
  {
    name: "curve",
    form: "lines",
    file: LOSS,
    samples: { committed: committed(LOSS) },
    hostile: { empty: text(""), "another table": text("a\tb\n1\t2\n") },
    read: (bytes, file) => parseTsv(textOf(bytes), file, LOSS_COLUMNS),
  },
];
