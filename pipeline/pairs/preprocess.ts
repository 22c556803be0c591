/**
 * Turns archives and a seed into packed splits: three of layered scenes, one with truth per real
 * data set, and real_train, the frames of all of them without truth.
 */
import type { Rng } from "../common/rng.ts";
import type { Archive } from "../fetch/archive.ts";
import type { LayoutName } from "../fetch/catalogue.ts";
import { findPairs } from "./find_pairs.ts";
import { holdOut } from "./holdout.ts";
import type { PairFiles } from "./layouts/layout.ts";
import { packSplit } from "../common/io/pack.ts";
import type { SplitSummary } from "../common/io/splits.ts";
import type { FramePair } from "../common/io/pair.ts";
import { readFrames, readPair } from "./read_pair.ts";
import { drawScenes } from "./scenes.ts";

export interface PreprocessOptions {
  scenes_train: number;
  scenes_validation: number;
  scenes_test: number;
  /** Side of a scene in pixels. */
  scene_size: number;
  /** Share of the scenes of a real data set that is kept out of training. */
  holdout_share: number;
}

export interface RealSource {
  dataset: string;
  layout: LayoutName;
  archive: Archive;
}

export interface PreprocessHooks {
  /** Receives every file of every split. */
  write: (split: string, fileName: string, bytes: Uint8Array) => Promise<void>;
  /** @param done pairs packed so far @param total pairs in all splits */
  onPair?: (done: number, total: number, split: string) => void;
  /** Told of pictures in the archives that form no pair. */
  onLeftOut?: (message: string) => void;
}

interface PlannedSplit {
  split: string;
  truth: boolean;
  count: number;
  pairs: () => Iterable<FramePair> | AsyncIterable<FramePair>;
}

/**
 * Writes all splits. Every layout is checked before the first scene is drawn, so that a hole in an
 * archive shows at once.
 * @returns what the splits are, in the order in which they were written
 * @throws {Error} naming the file at fault
 */
export async function preprocess(
  options: PreprocessOptions,
  { sources, rng }: { sources: readonly RealSource[]; rng: Rng },
  { write, onPair, onLeftOut }: PreprocessHooks,
): Promise<SplitSummary[]> {
  const planned = [...planScenes(options, rng), ...planReal(options, sources, rng, onLeftOut)];
  const total = planned.reduce((sum, { count }) => sum + count, 0);
  const summaries: SplitSummary[] = [];
  let done = 0;
  for (const { split, truth, pairs } of planned) {
    const counted = async function* () {
      for await (const pair of pairs()) {
        yield pair;
        onPair?.(++done, total, split);
      }
    };
    const index = await packSplit(split, counted(), (name, bytes) => write(split, name, bytes));
    summaries.push({ split, dataset: index.dataset, pairs: index.pairs.length, truth });
  }
  return summaries;
}

function planScenes(options: PreprocessOptions, rng: Rng): PlannedSplit[] {
  const plan = (split: string, count: number): PlannedSplit => ({
    split,
    truth: true,
    count,
    pairs: () => drawScenes(rng, { split, count, size: options.scene_size }),
  });
  return [
    plan("scenes_train", options.scenes_train),
    plan("scenes_validation", options.scenes_validation),
    plan("scenes_test", options.scenes_test),
  ];
}

function planReal(
  options: PreprocessOptions,
  sources: readonly RealSource[],
  rng: Rng,
  onLeftOut: PreprocessHooks["onLeftOut"],
): PlannedSplit[] {
  const evaluation = new Map<string, [PairFiles, Archive][]>();
  const training: [PairFiles, Archive][] = [];
  for (const { dataset, layout, archive } of sources) {
    const splits = holdOut(findPairs(archive, layout, dataset, onLeftOut), {
      share: options.holdout_share,
      rng: rng.fork(`holdout/${dataset}`),
    });
    for (const pair of splits.evaluation) {
      if (!evaluation.has(pair.dataset)) evaluation.set(pair.dataset, []);
      evaluation.get(pair.dataset)!.push([pair, archive]);
    }
    for (const pair of splits.training) training.push([pair, archive]);
  }
  return [
    ...[...evaluation].map(([split, files]) => ({
      split,
      truth: true,
      count: files.length,
      pairs: () => readAll(files, readPair),
    })),
    {
      split: "real_train",
      truth: false,
      count: training.length,
      pairs: () => readAll(training, readTrainingFrames),
    },
  ];
}

/** One data set's pair name can occur in another, and a split wants unique ones. */
async function readTrainingFrames(files: PairFiles, archive: Archive): Promise<FramePair> {
  const pair = await readFrames(files, archive);
  const prefix = (name: string) => `${pair.dataset}/${name}`;
  return { ...pair, name: prefix(pair.name), scene: prefix(pair.scene) };
}

async function* readAll(
  files: readonly [PairFiles, Archive][],
  read: (files: PairFiles, archive: Archive) => Promise<FramePair>,
): AsyncGenerator<FramePair> {
  for (const [pair, archive] of files) yield await read(pair, archive);
}
