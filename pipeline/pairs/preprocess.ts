/**
 * Turns archives and a seed into packed splits: those of scenes that are given, one with truth per real
 * data set, one of frames per test part of a benchmark, real_train, the frames of all data sets without truth, and
 * real_validation, some pairs with truth for validation while training.
 */
import type { Rng } from "../common/rng.ts";
import type { Archive } from "../fetch/archive.ts";
import type { LayoutName } from "../fetch/catalogue.ts";
import { findPairs, readTexts } from "./find_pairs.ts";
import { type Holdout, holdOut } from "./holdout.ts";
import type { PairFiles } from "./layouts/layout.ts";
import { type PackingHooks, packSplits, type PlannedSplit } from "../common/io/planned_splits.ts";
import type { SplitSummary } from "../common/io/splits.ts";
import type { FramePair } from "../common/io/pair.ts";
import { readFrames, readPair } from "./read_pair.ts";

export interface PreprocessOptions {
  /** How the scenes of a real data set that are kept out of training are chosen. */
  holdout: Holdout;
  /** Share of these scenes. */
  holdout_share: number;
  /** Whether the frames of benchmarks' test parts are packed, for submissions. */
  test_frames: boolean;
  /** So many pairs of each data set with truth, spread evenly, form real_validation. */
  real_validation_pairs: number;
}

export interface RealSource {
  dataset: string;
  layout: LayoutName;
  archive: Archive;
  /** Split files beside the archive, by name. */
  texts?: ReadonlyMap<string, string>;
  /** Pairs of the official archive by data set, see CatalogueSource.pairs. */
  official?: Readonly<Record<string, number>>;
}

export interface PreprocessHooks extends PackingHooks {
  /** Told of pictures in the archives that form no pair. */
  onLeftOut?: (message: string) => void;
}

/**
 * Writes all splits, those of scenes first. Every layout is checked before the first scene is drawn, so that a hole in an
 * archive shows at once.
 * @param inputs.scenes what is drawn besides, from planScenes() or of photographs
 * @returns what the splits are, in the order in which they were written
 * @throws {Error} naming the file at fault
 */
export async function preprocess(
  options: PreprocessOptions,
  { scenes, sources, rng }: {
    scenes: readonly PlannedSplit[];
    sources: readonly RealSource[];
    rng: Rng;
  },
  { onLeftOut, ...hooks }: PreprocessHooks,
): Promise<SplitSummary[]> {
  const real = await planReal(options, sources, rng, onLeftOut);
  return await packSplits([...scenes, ...real], hooks);
}

/** Of data sets whose usual split is a file. */
const SPLIT_FILES: Partial<Record<LayoutName, string>> = {
  flyingchairs: "FlyingChairs_train_val.txt",
};

/** How the data sets of benchmarks' test parts end. */
const TEST_PART = "_test";

type Found = [PairFiles, Archive];
type ReadFiles = (files: PairFiles, archive: Archive) => Promise<FramePair>;

async function planReal(
  options: PreprocessOptions,
  sources: readonly RealSource[],
  rng: Rng,
  onLeftOut: PreprocessHooks["onLeftOut"],
): Promise<PlannedSplit[]> {
  const evaluation = new Map<string, Found[]>(), test = new Map<string, Found[]>();
  const training: Found[] = [];
  for (const { dataset, layout, archive, texts, official = {} } of sources) {
    const found = findPairs(archive, layout, dataset, onLeftOut, {
      test: options.test_frames,
      texts: new Map([...await readTexts(archive, layout), ...texts ?? []]),
    });
    const asked = Object.entries(official)
      .filter(([dataset]) => options.test_frames || !dataset.endsWith(TEST_PART));
    for (const notice of fewerThan(asked, found, archive.name)) onLeftOut?.(notice);
    const splitFile = SPLIT_FILES[layout];
    const isSplit = found.some(({ part }) => part !== undefined);
    if (options.holdout === "usual" && splitFile !== undefined && !isSplit) {
      onLeftOut?.(
        `${archive.name}: there is no ${splitFile} in it or beside it, so that not the usual split but ` +
          `preprocess.holdout_share = ${options.holdout_share} says what is kept out of training.`,
      );
    }
    const splits = holdOut(found, {
      holdout: options.holdout,
      share: options.holdout_share,
      rng: rng.fork(`holdout/${dataset}`),
    });
    addAll(evaluation, splits.evaluation, archive);
    addAll(test, splits.test, archive);
    for (const pair of splits.training) training.push([pair, archive]);
  }
  const plan = (split: string, truth: boolean, files: readonly Found[], read: ReadFiles) => ({
    split,
    truth,
    count: files.length,
    pairs: () => readAll(files, read),
  });
  const validation = [...evaluation.values()]
    .flatMap((files) => spread(files, options.real_validation_pairs));
  return [
    ...[...evaluation].map(([split, files]) => plan(split, true, files, readPair)),
    ...[...test].map(([split, files]) => plan(split, false, files, readFrames)),
    plan("real_train", false, training, withDataset(readFrames)),
    plan("real_validation", true, validation, withDataset(readPair)),
  ];
}

function addAll(splits: Map<string, Found[]>, pairs: readonly PairFiles[], archive: Archive): void {
  for (const pair of pairs) {
    if (!splits.has(pair.dataset)) splits.set(pair.dataset, []);
    splits.get(pair.dataset)!.push([pair, archive]);
  }
}

/** Sentences on data sets of which fewer pairs were found than the official archive has. */
function fewerThan(
  official: readonly (readonly [dataset: string, pairs: number])[],
  found: readonly PairFiles[],
  archive: string,
): string[] {
  const counts = Map.groupBy(found, ({ dataset }) => dataset);
  return official.flatMap(([dataset, pairs]) => {
    const count = counts.get(dataset)?.length ?? 0;
    if (count === pairs) return [];
    if (count === 0) {
      return `${archive}: holds no pair of ${dataset}, the official archive ${pairs}.`;
    }
    return `${archive}: holds ${count} pairs of ${dataset}, the official archive ${pairs}: scores do not compare with ` +
      "published ones.";
  });
}

/** At most `count` items from the first to the last, evenly spaced. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor(i * items.length / count)]);
}

/** One data set's pair name can occur in another, and a split wants unique ones. */
function withDataset(read: ReadFiles): ReadFiles {
  return async (files, archive) => {
    const pair = await read(files, archive);
    const prefix = (name: string) => `${pair.dataset}/${name}`;
    return { ...pair, name: prefix(pair.name), scene: prefix(pair.scene) };
  };
}

async function* readAll(files: readonly Found[], read: ReadFiles): AsyncGenerator<FramePair> {
  for (const [pair, archive] of files) yield await read(pair, archive);
}
