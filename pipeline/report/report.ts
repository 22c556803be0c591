/**
 * The report: one Markdown page about a run, out of its metrics, its table of pairs, the parameters
 * and what the model says about itself. A pure function of them: the same run gives the same bytes.
 */
import { flatten, heading, image, plain, table } from "./markdown.ts";
import { PUBLISHED_NUMBERS } from "./published.ts";
import { type ScoreRecord, scoresTable } from "./scores_table.ts";

export interface ReportInput {
  /** Parameters of the stages that are not in the model: data and evaluation. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly model: {
    /** Trainable numbers. */
    readonly parameters: number;
    /** Network settings, and the parameters of each stage that made it. */
    readonly settings: unknown;
    readonly madeBy: Readonly<Record<string, unknown>>;
  };
  /** metrics.json of the stages that trained, by stage. */
  readonly training: Readonly<Record<string, unknown>>;
  /** Scores by data set. */
  readonly evaluation: Readonly<Record<string, ScoreRecord>>;
  /** Rows of pairs.tsv. */
  readonly pairs: readonly Readonly<Record<string, string>>[];
  /** Path of a pair's picture relative to the report, if it has one. */
  readonly pictureOf: (dataset: string, pair: string) => string | undefined;
}

/** Lists of pairs end after this many. */
const LISTED_PAIRS = 10;

export function renderReport(input: ReportInput): string {
  const sections = [
    "# Report",
    "A flow network trained without labels, scored beside zero flow (no motion anywhere).",
    summary(input.evaluation),
    "EPE is the end-point error, the length of the difference between predicted and true flow. Fl is " +
    "the share of pixels that are wrong by more than 3 px and 5 % of the true length. Scores are " +
    "pooled over all pixels; an image mean averages over pairs instead.",
    ...Object.entries(input.evaluation).flatMap(([dataset, scores]) =>
      datasetSection(dataset, scores, input)
    ),
    ...trainingSection(input),
    ...runSection(input),
    ...PUBLISHED,
  ];
  return sections.join("\n\n") + "\n";
}

function summary(evaluation: ReportInput["evaluation"]): string {
  const keys = ["epe_px", "zero_flow_epe_px", "epe_occ_px", "epe_boundary_px"];
  const rows = Object.entries(evaluation).map(([dataset, scores]) => [
    dataset,
    String(scores.pairs_count ?? ""),
    ...keys.map((key) => scores[key]?.toFixed(3) ?? ""),
    scores.fl_all_pct?.toFixed(2) ?? "",
  ]);
  return table(
    ["data set", "pairs", "EPE (px)", "zero flow (px)", "occluded (px)", "boundary (px)", "Fl (%)"],
    rows,
  );
}

/** Says which pairs have no score, so that nobody takes the scores for those of all. */
function unscoredPairs(pairs: ReportInput["pairs"]): string[] {
  const unscored = pairs.filter(({ epe_px }) => epe_px === "").map(({ pair }) => plain(pair));
  if (unscored.length === 0) return [];
  const listed = unscored.slice(0, LISTED_PAIRS).join(", ") +
    (unscored.length > LISTED_PAIRS ? ", …" : "");
  return [
    `Not scored, since no pixel of their true flow is known: ${unscored.length} of ${pairs.length} pairs: ${listed}.`,
  ];
}

function datasetSection(dataset: string, scores: ScoreRecord, input: ReportInput): string[] {
  const pairs = input.pairs.filter((row) => row.dataset === dataset);
  const pictures = pairs.flatMap(({ pair }) => {
    const path = input.pictureOf(dataset, pair);
    return path === undefined ? [] : [image(`${dataset} ${pair}`, path)];
  });
  return [
    heading(dataset),
    comparison(scores),
    ...unscoredPairs(pairs),
    ...worsePairs(pairs),
    scoresTable(scores),
    ...pictures,
  ];
}

function comparison(scores: ScoreRecord): string {
  const { epe_px: network, zero_flow_epe_px: zero } = scores;
  if (network === undefined || zero === undefined) return "No pixel of known flow was scored.";
  const share = zero > 0 ? ` (${(100 * network / zero).toFixed(1)} % of it)` : "";
  const verdict = network < zero ? "better" : "not better";
  return `The network's EPE is ${network.toFixed(3)} px, that of zero flow ${zero.toFixed(3)} px` +
    `${share}: ${verdict} than predicting no motion.`;
}

/** A mean can hide them, so they are named. */
function worsePairs(pairs: ReportInput["pairs"]): string[] {
  const scored = pairs.filter((row) => row.epe_px !== "");
  const worse = scored.filter((row) => !(Number(row.epe_px) < Number(row.zero_flow_epe_px)));
  if (worse.length === 0) return [];
  const names = worse.slice(0, LISTED_PAIRS).map((row) =>
    `${plain(row.pair)} (${row.epe_px} against ${row.zero_flow_epe_px} px)`
  );
  const more = worse.length > LISTED_PAIRS ? ", …" : "";
  return [
    `Not better than zero flow on ${worse.length} of ${scored.length} pairs: ` +
    `${names.join(", ")}${more}.`,
  ];
}

function trainingSection({ training }: ReportInput): string[] {
  const stages = Object.entries(training);
  if (stages.length === 0) return [];
  return [
    "## Training",
    ...stages.map(([stage, metrics]) => table([stage, "value"], flatten(metrics))),
  ];
}

function runSection({ params, model }: ReportInput): string[] {
  const stages = Object.keys(model.madeBy);
  const columns = stages.map((stage) => new Map(flatten(model.madeBy[stage])));
  const keys = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return [
    "## What was run",
    table(["network", "value"], [
      ["parameters", String(model.parameters)],
      ...flatten(model.settings),
    ]),
    ...stages.length === 0 ? [] : [
      "The model carries the parameters that made it:",
      table(
        ["parameter", ...stages],
        keys.map((key) => [key, ...columns.map((column) => column.get(key) ?? "")]),
      ),
    ],
    "Data and evaluation:",
    table(["parameter", "value"], flatten(params)),
  ];
}

const PUBLISHED = [
  "## Published numbers, not of this run",
  PUBLISHED_NUMBERS.introduction,
  table(PUBLISHED_NUMBERS.columns, PUBLISHED_NUMBERS.rows),
  PUBLISHED_NUMBERS.claim,
];
