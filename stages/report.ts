/**
 * Stage report: one Markdown page about the run, from what the stages before it wrote. Pictures are
 * linked where they lie.
 */
import { readSafetensors } from "../pipeline/io/safetensors.ts";
import { parseTsv } from "../pipeline/io/tsv.ts";
import { pictureName } from "../pipeline/picture/name.ts";
import { renderReport } from "../pipeline/report.ts";
import { readParams, runStage, writeOutput } from "./_stage.ts";

const MODEL = "results/train/model.safetensors";
const PAIRS = "results/evaluate/pairs.tsv";
const PICTURES = "results/evaluate/pictures";
const TRAINING_PICTURES = "results/train/pictures";
const OUT = "results/report/report.md";

async function main(): Promise<void> {
  const { download, preprocess, evaluate } = await readParams();
  const { tensors, metadata } = readSafetensors(await Deno.readFile(MODEL), MODEL);
  const parameters = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const drawn = new Set(await fileNames(PICTURES));
  const report = renderReport({
    params: { download, preprocess, evaluate },
    model: {
      parameters,
      settings: JSON.parse(metadata.settings ?? "{}"),
      madeBy: JSON.parse(metadata.made_by ?? "{}"),
    },
    training: {
      pretrain: await readJson("results/pretrain/metrics.json"),
      train: await readJson("results/train/metrics.json"),
    },
    evaluation: await readJson("results/evaluate/metrics.json"),
    pairs: parseTsv(await Deno.readTextFile(PAIRS), PAIRS),
    pictureOf: (dataset, pair) => {
      const name = pictureName(dataset, pair);
      return drawn.has(name) ? relative(`${PICTURES}/${name}`) : undefined;
    },
    trainingPictures: (await fileNames(TRAINING_PICTURES))
      .map((name) => relative(`${TRAINING_PICTURES}/${name}`)),
  });
  await writeOutput(OUT, report);
}

/** As seen from the folder of the report. */
function relative(path: string): string {
  return path.replace(/^results\//, "../");
}

async function readJson(path: string) {
  return JSON.parse(await Deno.readTextFile(path));
}

/** Sorted, since the order of a folder differs between systems. */
async function fileNames(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

if (import.meta.main) await runStage("report", main);
