/** The real pairs with truth that are scored: those that `preprocess` packed, or those of a folder of data sets. */
import { join } from "@std/path";
import { streamSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { parseSplits } from "../../pipeline/common/io/splits.ts";
import type { Archive } from "../../pipeline/fetch/archive.ts";
import { CATALOGUE, type LayoutName } from "../../pipeline/fetch/catalogue.ts";
import { entryAt } from "../../pipeline/fetch/disk_entry.ts";
import { findPairs } from "../../pipeline/pairs/find_pairs.ts";
import { readPair } from "../../pipeline/pairs/read_pair.ts";
import { explain } from "../failure.ts";

const SPLITS = "results/preprocess";
/** Layouts of data sets that have truth. */
const WITH_TRUTH: readonly LayoutName[] = ["middlebury", "sintel", "kitti", "flyingchairs"];

/** A pair that is read when its turn comes. */
export interface ScoredPair {
  readonly dataset: string;
  readonly name: string;
  read(): Promise<FramePair>;
}

/** Of the embedded sample, or what else download.sources names. @throws {Error} when preprocess has not run */
export async function packedPairs(): Promise<ScoredPair[]> {
  const list = `${SPLITS}/splits.json`;
  const text = await Deno.readFile(list).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `Cannot read ${list}: there is no such file. Make it with: ./run dvc repro preprocess`,
    );
  });
  const pairs: ScoredPair[] = [];
  for (const { split, truth } of parseSplits(text, list)) {
    if (!truth || split.startsWith("scenes_") || split === "real_validation") continue;
    const folder = `${SPLITS}/${split}`;
    for await (const pair of streamSplit((name) => Deno.readFile(`${folder}/${name}`), folder)) {
      pairs.push({ dataset: pair.dataset, name: pair.name, read: () => Promise.resolve(pair) });
    }
  }
  return pairs;
}

/**
 * Of the data sets below a folder, each in its official layout in a folder that has the catalogue's name for it.
 * @param say is told what is left out
 * @throws {Error} when there is none, or one is damaged
 */
export async function folderPairs(
  folder: string,
  say: (sentence: string) => void,
): Promise<ScoredPair[]> {
  const layouts = new Map(
    Object.values(CATALOGUE).map(({ dataset, layout }) => [dataset, layout] as const)
      .filter(([, layout]) => WITH_TRUTH.includes(layout)),
  );
  const pairs: ScoredPair[] = [];
  for (const name of await foldersIn(folder)) {
    const layout = layouts.get(name);
    if (layout === undefined) {
      say(`Left out ${join(folder, name)}: no data set with truth is called so.`);
      continue;
    }
    const archive = await folderArchive(join(folder, name));
    for (const files of findPairs(archive, layout, name, say)) {
      if (files.flow === undefined) {
        say(`Left out ${files.name} of ${archive.name}: it has no truth.`);
        continue;
      }
      pairs.push({
        dataset: files.dataset,
        name: files.name,
        read: () => readPair(files, archive),
      });
    }
  }
  if (pairs.length === 0) {
    throw new Error(
      `Cannot score ${folder}: it holds no pair with truth. Each data set must lie in a folder of its name: ` +
        `${[...layouts.keys()].join(", ")}.`,
    );
  }
  return pairs;
}

/**
 * The pairs as they are read, one after another. One that cannot be read costs none of the others, whose scores take hours.
 * @param say is told of it, and of which it is
 */
export async function* readPairs(
  pairs: readonly ScoredPair[],
  say: (sentence: string) => void,
): AsyncGenerator<{ scored: ScoredPair; pair: FramePair }> {
  for (const scored of pairs) {
    let pair: FramePair;
    try {
      pair = await scored.read();
    } catch (error) {
      say(`Left out ${scored.name} of ${scored.dataset}: ${explain(error)}`);
      continue;
    }
    yield { scored, pair };
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder)))
      .filter(({ isFile }) => !isFile).map(({ name }) => name).sort();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new Error(`Cannot read ${folder}: there is no such folder.`);
  }
}

/**
 * A folder as an archive of its files; links are followed, for data sets are large and lie where there is room.
 * @throws {Error} naming what entryAt() refuses, and a link to a folder that it lies in itself
 */
async function folderArchive(root: string): Promise<Archive> {
  const paths: string[] = [];
  const visit = async (below: string, outer: readonly string[]): Promise<void> => {
    const place = join(root, below);
    if (!(await entryAt(place, Deno))?.isDirectory) {
      paths.push(below);
      return;
    }
    const real = await Deno.realPath(place);
    if (outer.includes(real)) {
      throw new Error(
        `Cannot read ${place}: it is a link to ${real}, in which it lies itself. Remove it.`,
      );
    }
    for await (const { name } of Deno.readDir(place)) {
      await visit(below === "" ? name : `${below}/${name}`, [...outer, real]);
    }
  };
  await visit("", []);
  return { name: root, paths: paths.sort(), read: (path) => Deno.readFile(join(root, path)) };
}
