/** Which real data sets a training stage draws from, and which pairs it looks at while it trains. */
import type { FrameSource, PairSize } from "./sampler.ts";

/** In place of names: every data set that real_train holds. */
export const ALL = "all";
/** Validation by scenes. */
export const SCENES = "scenes";
/** What pairs of scenes say that they are of. */
export const SCENE_DATASETS: readonly string[] = [SCENES, "photo_scenes"];

/** The keys of a training section that choose them. */
export interface DatasetParams {
  readonly real_datasets: readonly string[];
  readonly validation: string;
}

/**
 * The pairs of some data sets alone.
 * @param datasets their names, or ALL
 * @param stage for errors
 * @throws {Error} naming a data set of which the source holds no pair, and those that it holds
 */
export function ofDatasets<Pair extends PairSize>(
  source: FrameSource<Pair>,
  datasets: readonly string[],
  stage: string,
): FrameSource<Pair> {
  if (datasets.includes(ALL)) return source;
  requireDatasets(source.pairs, datasets, `${stage}.real_datasets`, "frames to train on");
  const pairs = source.pairs.filter(({ dataset }) => datasets.includes(dataset));
  return {
    pairs,
    rows: (...place) => source.rows(...place),
    giveBack: (rows) => source.giveBack?.(rows),
  };
}

/**
 * The pairs of real_validation that a stage's validation looks at.
 * @throws {Error} as ofDatasets()
 */
export function validationPairs<Pair extends Pick<PairSize, "dataset">>(
  pairs: readonly Pair[],
  { validation }: Pick<DatasetParams, "validation">,
  stage: string,
): Pair[] {
  requireDatasets(pairs, [validation], `${stage}.validation`, "pairs with truth");
  return pairs.filter(({ dataset }) => dataset === validation);
}

function requireDatasets(
  pairs: readonly Pick<PairSize, "dataset">[],
  wanted: readonly string[],
  parameter: string,
  what: string,
): void {
  const known = [...new Set(pairs.map(({ dataset }) => dataset))].sort();
  const missing = wanted.find((name) => !known.includes(name));
  if (missing === undefined) return;
  throw new Error(
    `Cannot use ${parameter} = ${wanted.join(", ")}: of ${missing} there are no ${what}. ` +
      `There are ${what} of ${
        known.join(", ") || "no data set"
      }: name one of these, or more sources in download.sources.`,
  );
}

/** @param realPairs preprocess.real_validation_pairs */
export function datasetProblems(
  name: string,
  { real_datasets, validation }: DatasetParams,
  realPairs: number,
): string[] {
  const problems: string[] = [];
  if (real_datasets.includes(ALL) && real_datasets.length > 1) {
    problems.push(
      `${name}.real_datasets must be ${ALL} or names of data sets, got ${
        real_datasets.join(", ")
      }.`,
    );
  }
  if (validation !== SCENES && realPairs === 0) {
    problems.push(
      `${name}.validation = ${validation} needs pairs: preprocess.real_validation_pairs must be above 0, got 0.`,
    );
  }
  return problems;
}

/** Of a pipeline whose real frames, if it has any, are one data set, and which validates by scenes. @param why as the end of a sentence */
export function noDatasetProblems(
  name: string,
  { real_datasets, validation }: DatasetParams,
  why: string,
): string[] {
  const got = real_datasets.join(", ");
  return [
    ...got === ALL ? [] : [`${name}.real_datasets must be ${ALL}, got ${got}: ${why}.`],
    ...validation === SCENES
      ? []
      : [`${name}.validation must be ${SCENES}, got ${validation}: ${why}.`],
  ];
}
