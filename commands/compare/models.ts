/** Two models, both scored now on the pairs with truth that `preprocess` packed, by the code of the stage evaluate. */
import { readIndex, streamSplit } from "../../pipeline/common/io/pack.ts";
import { parseSplits } from "../../pipeline/common/io/splits.ts";
import { unreadable } from "../../pipeline/common/io/text.ts";
import { formatTsv, parseTsv } from "../../pipeline/common/io/tsv.ts";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { packPair } from "../../pipeline/picture/viewer/pack.ts";
import { evaluateDataset, PAIR_COLUMNS } from "../../pipeline/score/evaluate.ts";
import type { PairRow } from "../../pipeline/sweep/compare.ts";
import { progress } from "../../stages/common/stage.ts";
import { evaluateSchema } from "../../stages/evaluate/params.ts";
import { readTypedModel } from "../flow/files.ts";
import type { CompareRequest } from "./arguments.ts";
import type { MatchedPair } from "./differences.ts";
import { type ShownPair, type Sides, worthAPicture } from "./sides.ts";

const SPLITS = "results/preprocess";
const SCENES = "scenes_test";
/** Pairs of other data sets once more, which choose weights: compared only where they are asked for by name. */
const ONLY_BY_NAME = ["real_validation"];
/** Each takes up to a megabyte of the page. */
const PICTURES_OF_DATASET = 6;

interface ComparedSplit {
  readonly split: string;
  readonly dataset: string;
  readonly pairs: number;
  readonly scale: number;
  /** Length of the longest flow, once it is scored. */
  flowMaximum: number;
}

/**
 * @param open the device, opened once all files have been read
 * @throws {Error} when a model or the splits cannot be read, or hold nothing of the data set
 */
export async function sidesOfModels(
  { names, on }: CompareRequest,
  open: () => Promise<Gpu>,
): Promise<Sides & Disposable> {
  const [one, two] = [await readTypedModel(names[0]), await readTypedModel(names[1])];
  const splits = await comparedSplits(on);
  const gpu = await open();
  const predictors = [Predictor.of(gpu, one.model), Predictor.of(gpu, two.model)] as const;
  const tables = [];
  for (const [side, predictor] of predictors.entries()) {
    tables.push({ name: names[side], rows: await scoredRows("AB"[side], predictor, splits) });
  }
  const same = one.bytes.length === two.bytes.length &&
    one.bytes.every((value, i) => value === two.bytes[i]);
  const scales = splits.map(({ dataset, scale }) => `${dataset} ${scale}`).join(", ");
  return {
    first: tables[0],
    second: tables[1],
    notes: [
      `Both are the network alone, on ${gpu.adapter.description}; the network sees pictures of so many times their size: ${scales}.`,
      ...same ? ["Both files hold the same bytes."] : [],
    ],
    pictures: async (pairs) => {
      const shown: ShownPair[] = [];
      for (const split of splits) shown.push(...await picturesOf(split, pairs, predictors));
      return {
        shown,
        notes: [
          "Of each data set those are shown that gain most and lose most, and some by their place.",
        ],
      };
    },
    [Symbol.dispose]: () => gpu.destroy(),
  };
}

async function comparedSplits(on: string | undefined): Promise<ComparedSplit[]> {
  const list = `${SPLITS}/splits.json`;
  const text = await readHere(list);
  const { real_scale } = parseSection(await readHere("params.yaml"), "evaluate", evaluateSchema);
  const scored = parseSplits(text, list).filter(({ truth, pairs }) => truth && pairs > 0);
  const usual = scored.filter(({ split }) => !ONLY_BY_NAME.includes(split));
  const chosen = on === undefined ? usual : [
    ...usual.filter(({ dataset }) => dataset === on),
    ...scored.filter(({ split, dataset }) => split === on && split !== dataset),
  ];
  if (chosen.length === 0) {
    const known = [
      ...new Set([...usual.map(({ dataset }) => dataset), ...scored.map(({ split }) => split)]),
    ];
    const asked = on === undefined ? "" : ` on ${on}`;
    throw new Error(
      `Cannot compare${asked}: ${list} has no such pairs with truth, only ${
        known.join(", ") || "none"
      }.`,
    );
  }
  return chosen.map(({ split, dataset, pairs }) => ({
    split,
    dataset,
    pairs,
    scale: split === SCENES || ONLY_BY_NAME.includes(split) ? 1 : real_scale,
    flowMaximum: 1,
  }));
}

/** Rows as pairs.tsv has them, and so with its digits. */
async function scoredRows(
  side: string,
  predictor: Predictor,
  splits: readonly ComparedSplit[],
): Promise<PairRow[]> {
  const rows: (string | number)[][] = [];
  for (const split of splits) {
    const { dataset, pairs, scale } = split;
    // Before any pair is scored: one that is too large must not cost the others.
    for (const { width, height } of (await readIndex(readerOf(split), folderOf(split))).pairs) {
      await predictor.prepare(width, height, { scale });
    }
    const bar = progress(`${side}: ${dataset}`, pairs);
    const result = await evaluateDataset(
      dataset,
      streamSplit(readerOf(split), folderOf(split)),
      async (...frames) => (await predictor.predict(...frames, { scale })).forward,
      { onPair: (done) => bar.update(done) },
    );
    bar.finish();
    split.flowMaximum = result.flowMaximum;
    rows.push(...result.rows);
  }
  return parseTsv(formatTsv([...PAIR_COLUMNS], rows), "the table of pairs");
}

/** Predicts those that are shown once more, so that no flow of the others is kept. */
async function picturesOf(
  split: ComparedSplit,
  matched: readonly MatchedPair[],
  predictors: readonly Predictor[],
): Promise<ShownPair[]> {
  const own = matched.filter(({ dataset }) => dataset === split.dataset);
  const chosen = new Set(worthAPicture(own, PICTURES_OF_DATASET).map(({ pair }) => pair));
  const shown: ShownPair[] = [];
  for await (const pair of streamSplit(readerOf(split), folderOf(split))) {
    if (!chosen.has(pair.name)) continue;
    const [first, second] = await Promise.all(predictors.map(async (predictor) => {
      const { frame1, frame2, width, height } = pair;
      const { forward } = await predictor.predict(frame1, frame2, width, height, split);
      return packPair(pair, forward);
    }));
    shown.push({ first, second, flowMaximum: split.flowMaximum });
  }
  return shown;
}

function folderOf({ split }: ComparedSplit): string {
  return `${SPLITS}/${split}`;
}

function readerOf(split: ComparedSplit): (fileName: string) => Promise<Uint8Array> {
  return (fileName) => Deno.readFile(`${folderOf(split)}/${fileName}`);
}

async function readHere(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw unreadable(path, "there is no such file", "Make it with: ./run dvc repro preprocess");
  }
}
