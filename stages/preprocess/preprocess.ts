/**
 * Stage preprocess: finds frame pairs in the archives of results/download, draws the layered scenes of the test,
 * and packs every split into results/preprocess/SPLIT; splits.json lists them. Nothing takes its
 * place before everything is written.
 */
import { join } from "@std/path";
import { formatSplits } from "../../pipeline/common/io/splits.ts";
import { decodeText } from "../../pipeline/common/io/text.ts";
import { joinArchives } from "../../pipeline/fetch/archive.ts";
import { CATALOGUE } from "../../pipeline/fetch/catalogue.ts";
import { parseManifest } from "../../pipeline/fetch/manifest.ts";
import { preprocess, type RealSource } from "../../pipeline/pairs/preprocess.ts";
import { planScenes } from "../../pipeline/pairs/scenes.ts";
import { printable } from "../../pipeline/common/printable.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { openZipFile } from "../common/archives.ts";
import { readWhole } from "../common/read_whole.ts";
import { type Progress, progress, readSection, runStage, writeOutput } from "../common/stage.ts";
import { writeWholeFolder } from "../common/whole_folder.ts";
import { preprocessSchema } from "./params.ts";

const DOWNLOAD = "results/download";
const MANIFEST = `${DOWNLOAD}/manifest.json`;
const OUT = "results/preprocess";

async function main(): Promise<void> {
  const params = await readSection("preprocess", preprocessSchema);
  await writeWholeFolder(OUT, async (partial) => {
    using open = new DisposableStack();
    const sources = await openSources(open);
    let bar: Progress | undefined;
    const rng = new Rng(params.seed);
    const scenes = planScenes(rng, { scenes_test: params.scenes_test }, params.scene_size);
    const splits = await preprocess(params, { scenes, sources, rng }, {
      write: (split, fileName, bytes) => writeOutput(`${partial}/${split}/${fileName}`, bytes),
      onPair: (done, total, split) => {
        bar ??= progress("pairs", total);
        bar.update(done, split);
      },
      onLeftOut: (message) => console.error(printable(`preprocess: ${message}`)),
    });
    bar?.finish();
    await writeOutput(`${partial}/splits.json`, formatSplits(splits, { preprocess: params }));
  });
}

async function openSources(open: DisposableStack): Promise<RealSource[]> {
  const manifest = parseManifest(await readManifest(), MANIFEST);
  const sources: RealSource[] = [];
  for (const { name, dataset, layout, archives, texts = [] } of manifest) {
    const opened = [];
    for (const { file } of archives) opened.push(await openZipFile(join(DOWNLOAD, file), open));
    const contents = new Map<string, string>();
    for (const { file } of texts) {
      const path = join(DOWNLOAD, file);
      contents.set(file, decodeText(await readWhole(path), path));
    }
    // The embedded samples are parts of the official archives on purpose.
    const official = CATALOGUE[name]?.pairs;
    sources.push({ dataset, layout, archive: joinArchives(opened), texts: contents, official });
  }
  return sources;
}

async function readManifest(): Promise<string> {
  try {
    return await Deno.readTextFile(MANIFEST);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot read ${MANIFEST}: there is no such file. Run the download stage first: ` +
        `./run dvc repro download`,
    );
  }
}

if (import.meta.main) await runStage("preprocess", main);
