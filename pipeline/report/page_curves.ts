/** Loss and validation error against the step, for each stage that trained. */
import { type Line, lineChart } from "./chart.ts";
import { type Markup, markup } from "./markup.ts";
import { flatten } from "./markdown.ts";
import { lineageId, numberAt } from "./number.ts";

/** What a stage that trained wrote about it. */
export interface TrainingRecord {
  readonly stage: string;
  /** metrics.json */
  readonly metrics: unknown;
  /** Rows of loss.tsv and validation.tsv. */
  readonly loss: readonly Readonly<Record<string, string>>[];
  readonly validation: readonly Readonly<Record<string, string>>[];
}

const TITLES: Readonly<Record<string, string>> = {
  pretrain: "Pretraining: the photometric loss alone",
  train: "Training: with the smoothness under test",
};

export function curves(records: readonly TrainingRecord[]): Markup {
  return markup`<section id="training"><h2>Training</h2><p>No true flow enters the loss. Validation scenes are only looked at. Each point of the loss is a mean over the
steps since the one before.</p>${
    records.map((record) => {
      const { stage } = record;
      return markup`<h3>${TITLES[stage] ?? stage}</h3><div class="pair">${lossChart(record)}${
        validationChart(record)
      }</div>${endValues(record)}`;
    })
  }</section>`;
}

function lossChart({ stage, loss }: TrainingRecord): Markup {
  const line = (column: string, name: string, colour: number): Line => ({
    name,
    colour,
    points: pointsOf(loss, column),
  });
  const photometric = line("photometric_loss", "photometric", 1);
  const others = [
    line("smoothness_loss", "smoothness", 2),
    line("second_pass_loss", "second pass", 4),
  ].filter(({ points }) => points.some(({ y }) => y !== 0));
  const drawn = others.length > 0
    ? [line("total_loss", "total", 3), photometric, ...others]
    : [photometric];
  return figure(`results/${stage}/curves/loss.tsv`, `Loss of ${stage}`, "loss", drawn);
}

function validationChart({ stage, validation, metrics }: TrainingRecord): Markup {
  const zero = new Map(flatten(metrics)).get("validation.zero_flow_epe_px");
  const occluded = pointsOf(validation, "epe_occ_px");
  const lines = [
    { name: "all pixels", colour: 1, points: pointsOf(validation, "epe_px") },
    ...occluded.length > 0 ? [{ name: "occluded", colour: 2, points: occluded }] : [],
  ];
  const levels = zero === undefined ? [] : [{ name: "zero flow", colour: 4, y: Number(zero) }];
  return figure(
    `results/${stage}/curves/validation.tsv`,
    `Error of ${stage} on the validation scenes`,
    "EPE on validation scenes, px",
    lines,
    levels,
  );
}

function figure(
  file: string,
  title: string,
  yLabel: string,
  lines: readonly Line[],
  levels: { name: string; colour: number; y: number }[] = [],
): Markup {
  const drawn = lines.filter(({ points }) => points.length > 0);
  return markup`<figure>${
    drawn.length === 0 ? markup`<p>${file} holds no row.</p>` : lineChart({
      title,
      xLabel: "step",
      yLabel,
      lines: drawn,
      levels,
      dots: drawn[0].points.length <= 12,
    })
  }<figcaption><a href="#${lineageId(file)}">${file}</a></figcaption></figure>`;
}

function pointsOf(rows: TrainingRecord["loss"], column: string) {
  return rows.filter((row) => (row[column] ?? "") !== "")
    .map((row) => ({ x: Number(row.step), y: Number(row[column]) }));
}

/** Everything in the stage's metrics.json. */
function endValues({ stage, metrics }: TrainingRecord): Markup {
  const file = `results/${stage}/metrics.json`;
  return markup`<details><summary>At the end of ${stage}</summary><dl class="values">${
    flatten(metrics).map(([key, text]) => {
      const value = Number(text);
      const decimals = Number.isInteger(value) ? 0 : 4;
      return markup`<div><dt>${key}</dt><dd>${numberAt({ file, key }, value, decimals)}</dd></div>`;
    })
  }</dl></details>`;
}
