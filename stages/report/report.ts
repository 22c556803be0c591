/**
 * Stage report: what a run says, as one HTML file for a browser (index.html), as a Markdown page that links the
 * pictures where they lie (report.md), and as one picture for the README (picture.png).
 */
import { createHash } from "node:crypto";
import { CATALOGUE } from "../../pipeline/fetch/catalogue.ts";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { parseModelMetadata } from "../../pipeline/common/io/model_metadata.ts";
import { readSafetensors } from "../../pipeline/common/io/safetensors.ts";
import { parseScores } from "../../pipeline/common/io/scores.ts";
import { decodeText, unreadable } from "../../pipeline/common/io/text.ts";
import { type ColumnKind, parseTsv } from "../../pipeline/common/io/tsv.ts";
import { pictureName } from "../../pipeline/picture/name.ts";
import { renderReport } from "../../pipeline/report/report.ts";
import {
  LOSS_COLUMNS,
  parseGraph,
  parseModelsParameters,
  parseParameters,
  parseTraining,
  VALIDATION_COLUMNS,
} from "../../pipeline/report/inputs.ts";
import type { ArchiveOrigin } from "../../pipeline/report/lineage.ts";
import { renderPage } from "../../pipeline/report/page.ts";
import type { TrainingRecord } from "../../pipeline/report/page_curves.ts";
import { RANKED_COLUMNS, rankPairs } from "../../pipeline/report/ranking.ts";
import { scenePicture } from "../../pipeline/report/scene_picture.ts";
import { parseSweep, PUBLISHED_SWEEP } from "../../pipeline/report/sweep_record.ts";
import { readViewer } from "../../pipeline/picture/viewer/viewer_file.ts";
import { presentAt, readWhole } from "../common/read_whole.ts";
import { runStage, writeOutput } from "../common/stage.ts";
import graph from "./graph.json" with { type: "text" };

const MODEL = "results/train/model.safetensors";
const METRICS = "results/evaluate/metrics.json";
const DIRECT_METRICS = "results/direct/metrics.json";
const DIRECT_VIEWER = "results/direct/viewer.safetensors";
const PAIRS = "results/evaluate/pairs.tsv";
const PICTURES = "results/evaluate/pictures";
const VIEWER = "results/evaluate/viewer.safetensors";
const TRAINING_STAGES = ["pretrain", "train"];
const PARAMETERS = "params.yaml";
const MODELS_PARAMETERS = "models/params.yaml";
const SCENES = "scenes";
const NO_SCENES = { flowMaximum: 0, pairs: [] };
const OUT = "results/report";

/** Reads files and remembers their MD5, by which dvc.lock knows them. */
class HashedFiles {
  readonly hashes: Record<string, string> = {};

  async bytes(path: string): Promise<Uint8Array> {
    const bytes = await readWhole(path);
    this.hashes[path] = createHash("md5").update(bytes).digest("hex");
    return bytes;
  }

  async text(path: string): Promise<string> {
    return decodeText(await this.bytes(path), path);
  }

  async table(
    path: string,
    columns: Readonly<Record<string, ColumnKind>>,
  ): Promise<Record<string, string>[]> {
    return parseTsv(await this.text(path), path, columns);
  }
}

async function main(): Promise<void> {
  const files = new HashedFiles();
  const { download, preprocess, direct, evaluate } = parseParameters(
    await readWhole(PARAMETERS),
    PARAMETERS,
  );
  const { textures, quick_scenes } = parseModelsParameters(
    await readWhole(MODELS_PARAMETERS),
    MODELS_PARAMETERS,
  );
  const { tensors, metadata } = readSafetensors(await files.bytes(MODEL), MODEL);
  const { settings, madeBy } = parseModelMetadata(metadata, MODEL);
  const parameters = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const model = { parameters, settings };
  const evaluation = parseScores(await files.bytes(METRICS), METRICS, "evaluate");
  const directEvaluation = parseScores(await files.bytes(DIRECT_METRICS), DIRECT_METRICS, "direct");
  const pairs = await files.table(PAIRS, RANKED_COLUMNS);
  const training: TrainingRecord[] = [];
  for (const stage of TRAINING_STAGES) {
    const folder = `results/${stage}`;
    const metrics = `${folder}/metrics.json`;
    training.push({
      stage,
      metrics: parseTraining(await files.bytes(metrics), metrics, stage),
      loss: await files.table(`${folder}/curves/loss.tsv`, LOSS_COLUMNS),
      validation: await files.table(`${folder}/curves/validation.tsv`, VALIDATION_COLUMNS),
    });
  }
  const viewer = readViewer(await files.bytes(VIEWER), VIEWER, "evaluate");
  const directViewer = readViewer(await readWhole(DIRECT_VIEWER), DIRECT_VIEWER, "direct");
  const published = parseSweep(await files.bytes(PUBLISHED_SWEEP), PUBLISHED_SWEEP);
  const page = await renderPage({
    model,
    evaluation,
    direct: directEvaluation,
    pairs,
    viewer,
    training,
    sweep: published,
    lineage: {
      stages: parseGraph(graph, "stages/report/graph.json"),
      params: { textures, quick_scenes, download, preprocess, direct, evaluate, ...madeBy },
      hashes: files.hashes,
      archives: archivesOf(download.sources),
    },
  });
  const drawn = new Set(await fileNames(PICTURES));
  const report = renderReport({
    params: { quick_scenes, download, preprocess, evaluate },
    model: { ...model, madeBy },
    training: Object.fromEntries(training.map(({ stage, metrics }) => [stage, metrics])),
    evaluation,
    pairs,
    pictureOf: (dataset, pair) => {
      const name = pictureName(dataset, pair);
      return drawn.has(name) ? relative(`${PICTURES}/${name}`) : undefined;
    },
  });
  const ranking = rankPairs(pairs).filter(({ dataset }) => dataset === SCENES);
  if (ranking.length === 0) {
    throw unreadable(
      PAIRS,
      `no pair of the data set ${SCENES} has a score in it, and the picture shows one of these`,
      "Run the stage that writes it again: ./run dvc repro -f -s evaluate",
    );
  }
  const scene = scenePicture(
    [
      { name: "network", viewer: viewer[SCENES] ?? NO_SCENES },
      { name: "direct", viewer: directViewer[SCENES] ?? NO_SCENES },
    ],
    ranking,
  );
  if (!scene) {
    throw new Error(
      `There is no scene for the picture: ${VIEWER} and ${DIRECT_VIEWER} hold none in common. ` +
        `Run the stages that write them again: ./run dvc repro -f -s direct evaluate`,
    );
  }
  await writeOutput(`${OUT}/index.html`, page);
  await writeOutput(`${OUT}/report.md`, report);
  await writeOutput(`${OUT}/picture.png`, encodePng({ ...scene, channels: 3 }));
}

/** The archives of the chosen sources, as the catalogue knows them. */
function archivesOf(sources: readonly string[]): ArchiveOrigin[] {
  return sources.flatMap((name) => {
    const { archives, title, page, licence } = CATALOGUE[name];
    return archives.map(({ file, sha256 }) => ({ file, title, page, licence, sha256 }));
  });
}

/** As seen from the folder of the report. */
function relative(path: string): string {
  return path.replace(/^results\//, "../");
}

/** Sorted, since the order of a folder differs between systems. */
async function fileNames(folder: string): Promise<string[]> {
  const entries = await presentAt(Array.fromAsync(Deno.readDir(folder)), folder);
  return entries.map(({ name }) => name).sort();
}

if (import.meta.main) await runStage("report", main);
