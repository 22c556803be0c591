/**
 * Metrics recomputed from the table of pairs: pooled scores are means over pairs weighed by pixels, the means over images
 * are plain ones. Only columns of the table can be recomputed; percentiles and the like would need the pixels.
 */
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import { parseScores } from "../../pipeline/common/io/scores.ts";
import { imageMeanKey } from "../../pipeline/score/metrics.ts";

export type ScoreFile = "metrics.json" | "summary.json" | "pairs.tsv";
export type ScoreFiles = Partial<
  Record<ScoreFile, { readonly path: string; readonly text: string }>
>;

type Row = Readonly<Record<string, string>>;
type Evaluation = Record<string, Record<string, number>>;

const TABLE = { dataset: "text", pair: "text" } as const;
/** Six significant digits: a cell is off by 5e-6 of itself at most, so is their mean, and so is the written metric. */
const ROUNDING = 1.1e-5;

/**
 * A sentence for each contradiction between the files of one stage.
 * @param drawnScenes how many test scenes the run of preprocess recorded, if that is known
 */
export function scoreProblems(files: ScoreFiles, drawnScenes?: number): string[] {
  const { "metrics.json": metrics, "summary.json": summary, "pairs.tsv": table } = files;
  // metrics.json of a stage that scores no flow has neither beside it.
  if (!metrics || !(summary || table)) return [];
  const evaluation = parseScores(metrics.text, metrics.path);
  const problems: string[] = [];
  if (summary) problems.push(...summaryProblems(summary, metrics.path, evaluation));
  if (!table) return problems;
  const rows = Map.groupBy(parseTsv(table.text, table.path, TABLE), ({ dataset }) => dataset);
  for (const dataset of new Set([...Object.keys(evaluation), ...rows.keys()])) {
    problems.push(
      ...datasetProblems(evaluation[dataset], rows.get(dataset), dataset).map((problem) =>
        `${metrics.path} ${problem} (${table.path})`
      ),
    );
  }
  const scenes = rows.get("scenes")?.length;
  if (scenes !== undefined && drawnScenes !== undefined && scenes !== drawnScenes) {
    problems.push(
      `${table.path} has ${scenes} pairs of scenes, dvc.lock says preprocess.scenes_test = ${drawnScenes}`,
    );
  }
  return problems;
}

/** A summary repeats numbers of the metrics. */
function summaryProblems(
  { path, text }: { path: string; text: string },
  whole: string,
  evaluation: Evaluation,
): string[] {
  return Object.entries(parseScores(text, path)).flatMap(([dataset, scores]) =>
    Object.entries(scores).filter(([key, value]) => evaluation[dataset]?.[key] !== value)
      .map(([key, value]) =>
        `${path} has ${dataset}.${key} = ${value}, ${whole} has ${evaluation[dataset]?.[key]}`
      )
  );
}

/** Each continues "results/STAGE/metrics.json ...". */
function datasetProblems(
  scores: Record<string, number> | undefined,
  rows: readonly Row[] | undefined,
  dataset: string,
): string[] {
  if (!scores) return [`lacks ${dataset}, which has pairs`];
  if (!rows) return [`has scores of ${dataset}, of which no pair is listed`];
  const problems: string[] = [];
  const recomputed = recomputedScores(rows, problems);
  for (const [key, value] of Object.entries(recomputed)) {
    const written = scores[key];
    if (written !== undefined && Math.abs(written - value) <= ROUNDING * Math.abs(value)) continue;
    const shown = Number(value.toPrecision(6));
    problems.push(`has ${dataset}.${key} = ${written}, its pairs give ${shown}`);
  }
  // A score of no pair cannot be one of all pairs.
  for (const key of scoreColumns(rows[0])) {
    if (scores[key] !== undefined && recomputed[key] === undefined) {
      problems.push(`has ${dataset}.${key}, which none of its pairs has`);
    }
  }
  return problems;
}

function scoreColumns(row: Row): string[] {
  return Object.keys(row).filter((name) =>
    name !== "dataset" && name !== "pair" && !/^pixels_\w+_count$/.test(name)
  );
}

function recomputedScores(rows: readonly Row[], problems: string[]): Record<string, number> {
  const unscored = rows.filter((row) => row.pixels_all_count === "0").length;
  const scores: Record<string, number> = {
    pairs_count: rows.length - unscored,
    ...(unscored > 0 ? { unscored_pairs_count: unscored } : {}),
  };
  for (const key of scoreColumns(rows[0])) {
    const weight = `pixels_${regionOf(key)}_count`;
    if (rows[0][weight] === undefined) {
      problems.push(`cannot be compared, ${weight} is missing for ${key}`);
      continue;
    }
    let sum = 0, pixels = 0, total = 0, pairs = 0;
    for (const row of rows.filter((row) => row[key] !== "")) {
      sum += Number(row[key]) * Number(row[weight]);
      pixels += Number(row[weight]);
      total += Number(row[key]);
      pairs++;
    }
    if (pairs === 0) continue;
    scores[key] = sum / pixels;
    scores[imageMeanKey(key)] = total / pairs;
  }
  return scores;
}

/** The part of the picture that a score is a mean over. */
function regionOf(key: string): string {
  return /^(?:zero_flow_)?epe_(noc|occ|boundary|interior)_px$/.exec(key)?.[1] ?? "all";
}
