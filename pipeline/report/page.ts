/**
 * The report that a person reads: one HTML file without anything outside it. A pure function of what
 * the stage `report` read, so that the same inputs give the same bytes.
 *
 * The lineage in the page comes from declared inputs, not from dvc.lock: DVC writes dvc.lock after each
 * stage, so a stage that read it would see its own past, and its output would change without any of its
 * dependencies. The page could be made outside the graph instead, but would then be stale after every
 * experiment until somebody thinks of it. So: stages, commands and code from
 * stages/report/graph.json (dvc.yaml in short, since DVC takes no dvc.yaml as a dependency), parameters of
 * training from the model itself, all others from params.yaml, archives from the catalogue, and the MD5
 * of every file that the page was made from, computed by the stage. What needs dvc.lock and Git, `trace`
 * prints; its command stands beside each number.
 *
 * The sweep is no dependency either, since `dvc repro` would run it: sweep/published.json is a copy of
 * its results that a person makes when a sweep is finished.
 */
import type { Evaluation } from "../score/evaluate.ts";
import { markup, trusted } from "./markup.ts";
import type { LineageInput } from "./lineage.ts";
import { curves, type TrainingRecord } from "./page_curves.ts";
import { DIRECT, headline, type Method } from "./page_headline.ts";
import { lineage } from "./page_lineage.ts";
import { pairs } from "./page_pairs.ts";
import { modelSummary, published } from "./page_run.ts";
import { scores } from "./page_scores.ts";
import { sweep } from "./page_sweep.ts";
import { viewer, type ViewerDatasets, viewerIndex } from "./page_viewer.ts";
import { rankPairs } from "./ranking.ts";
import { PAGE_SCRIPT, pagePolicy } from "./script.ts";
import { PAGE_STYLES } from "./styles.ts";
import { SWEEP_FILE, type SweepRecord } from "./sweep_record.ts";

export interface PageInput {
  readonly model: {
    /** Trainable numbers. */
    readonly parameters: number;
    readonly settings: unknown;
  };
  readonly evaluation: Evaluation;
  /** Scores of flow fields found by the cost alone. */
  readonly direct?: Evaluation;
  /** Rows of pairs.tsv. */
  readonly pairs: readonly Readonly<Record<string, string>>[];
  readonly viewer: ViewerDatasets;
  readonly training: readonly TrainingRecord[];
  /** Absent until a sweep was published. */
  readonly sweep?: SweepRecord;
  readonly lineage: LineageInput;
}

const SECTIONS: readonly (readonly [id: string, label: string])[] = [
  ["headline", "Numbers"],
  ["training", "Training"],
  ["sweep", "Sweep over T"],
  ["viewer", "Viewer"],
  ["pairs", "Best and worst"],
  ["scores", "All scores"],
  ["lineage", "Lineage"],
];

export async function renderPage(input: PageInput): Promise<string> {
  const methods: Method[] = [
    { name: "network", file: "results/evaluate/metrics.json", evaluation: input.evaluation },
    ...input.direct
      ? [{ name: DIRECT, file: "results/direct/metrics.json", evaluation: input.direct }]
      : [],
  ];
  const ranking = rankPairs(input.pairs);
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${await pagePolicy()}">
<title>Unrolled cost: the report of a run</title>
<link rel="icon" href="data:,">
<style>${trusted(PAGE_STYLES)}</style>
</head>
<body>
<header><h1>Optical flow without labels, by an unrolled cost</h1>
<p class="lead">Optical flow says where each pixel of one frame is in the next. Here it is learnt from frames alone: no true flow is
needed to train, which is why it can be trained on frames of any kind. This page says how well one run did, and where each of its numbers comes from.</p>
<nav aria-label="Sections">${
    SECTIONS.map(([id, label]) => markup`<a href="#${id}">${label}</a> `)
  }</nav></header>
<main>
${headline(methods, modelSummary(input.model, input.lineage.params))}
${curves(input.training)}
${sweep(input.sweep)}
${viewer(input.viewer, ranking)}
${pairs(ranking, viewerIndex(input.viewer))}
${scores(methods)}
${published()}
${lineage(filesOf(input, methods), input.lineage)}
</main>
<dialog id="number" aria-label="Where a number comes from">
<button type="button" data-part="close">close</button>
<p class="name" data-part="key"></p>
<p class="big" data-part="value"></p>
<p>With every hash recomputed on your machine:</p>
<p class="command"><code data-part="command"></code></p>
<div data-part="tree"></div>
</dialog>
<script type="module">${trusted(PAGE_SCRIPT)}</script>
</body>
</html>
`;
  return page.toString();
}

/** All files that numbers of the page come from. */
function filesOf(input: PageInput, methods: readonly Method[]): string[] {
  return [
    ...methods.map(({ file }) => file),
    "results/evaluate/pairs.tsv",
    "results/evaluate/viewer.safetensors",
    ...input.training.flatMap(({ stage }) =>
      ["metrics.json", "curves/loss.tsv", "curves/validation.tsv"].map((name) =>
        `results/${stage}/${name}`
      )
    ),
    ...input.sweep ? [SWEEP_FILE] : [],
  ];
}
