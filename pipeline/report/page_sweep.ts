/** The sweep over the unroll iterations T: error against T, and each cell against the L1 baseline. */
import { lineChart } from "./chart.ts";
import { type Markup, markup } from "./markup.ts";
import { lineageId, numberAt, readableNumber } from "./number.ts";

/** Regions that a sweep compares: scores of metrics.json with their names. */
export const SWEEP_SCORES = {
  epe_px: "all pixels",
  epe_noc_px: "visible in both",
  epe_occ_px: "occluded",
  epe_boundary_px: "near boundaries",
} as const;
export type SweepScore = keyof typeof SWEEP_SCORES;

/** One value with the place that it has in the sweep's metrics.json. */
export interface SweepValue {
  readonly key: string;
  readonly mean: number;
  /** Standard deviation over seeds; absent where there is one run only. */
  readonly sd?: number;
}

/** Paired difference to the baseline in per cent of it, with its 95 % interval. */
export interface SweepDifference {
  readonly key: string;
  readonly percent: number;
  readonly low: number;
  readonly high: number;
}

export interface SweepCell {
  /** The kind of smoothness as people read it. */
  readonly name: string;
  /** T; absent for smoothness that is not unrolled. */
  readonly unrollIterations?: number;
  readonly scores: Readonly<Partial<Record<SweepScore, SweepValue>>>;
  readonly differences: Readonly<Partial<Record<SweepScore, SweepDifference>>>;
}

export interface SweepRecord {
  readonly experiments: readonly {
    readonly title: string;
    readonly cells: readonly SweepCell[];
  }[];
}

const FILE = "results/sweep/metrics.json";
const SCORES = Object.entries(SWEEP_SCORES) as [SweepScore, string][];

export function sweep(record: SweepRecord | undefined): Markup {
  if (!record) {
    return markup`<section id="sweep"><h2>Sweep over T</h2><p>No sweep has been published with this run.
<code>./run dvc repro sweep/dvc.yaml</code> runs one; its results then go to <code>sweep/published.json</code>.</p></section>`;
  }
  return markup`<section id="sweep"><h2>Sweep over T</h2><p>The question of the paper: by how much does unrolling the smoothness term change the error on occluded pixels against
the L1 baseline? All weights were tuned on validation scenes, all numbers below are of test scenes.</p>${
    record.experiments.map(({ title, cells }) =>
      markup`<h3>${title}</h3>${answer(cells)}<div class="pair">${
        (["epe_occ_px", "epe_boundary_px", "epe_px"] as const).map((score) =>
          chart(title, score, cells)
        )
      }</div>${table(cells)}`
    )
  }<div class="note"><p>How to read it: the difference to L1 has two parts. The unrolled cost measures smoothness elsewhere
(at a quarter of the resolution, by a Sobel operator with its own edge mask) and minimises it otherwise (by unrolled
iterations). The row “TV on the same Sobel” has the first without the second, so only what separates it from the unrolled
rows can be due to unrolling. Intervals are 95 % bootstrap intervals over pairs; one that holds 0 shows no difference.</p><p>Numbers: <a href="#${
    lineageId(FILE)
  }">${FILE}</a>.</p></div></section>`;
}

/** What the best unrolled cell says about occluded pixels, a null result included. */
function answer(cells: readonly SweepCell[]): Markup | undefined {
  const unrolled = cells.filter(({ unrollIterations, differences }) =>
    unrollIterations !== undefined && differences.epe_occ_px
  );
  if (unrolled.length === 0) return undefined;
  const sentences = unrolled.map(({ name, unrollIterations, differences }) => {
    const { percent, low, high, key } = differences.epe_occ_px!;
    const verdict = low <= 0 && high >= 0
      ? "no difference can be shown"
      : percent < 0
      ? "better than L1"
      : "worse than L1";
    return markup`<li>${name}, T = ${unrollIterations}: ${
      numberAt({ file: FILE, key }, percent, 1)
    } % [${readableNumber(low, 1)}, ${readableNumber(high, 1)}], <b>${verdict}</b></li>`;
  });
  return markup`<p>On occluded pixels, against L1:</p><ul class="answers">${sentences}</ul>`;
}

function chart(title: string, score: SweepScore, cells: readonly SweepCell[]): Markup {
  const scored = cells.filter(({ scores }) => scores[score]);
  const unrolled = scored.filter(({ unrollIterations }) => unrollIterations !== undefined);
  const names = [...new Set(unrolled.map(({ name }) => name))];
  const xSteps = [...new Set(unrolled.map(({ unrollIterations }) => unrollIterations!))]
    .sort((a, b) => a - b);
  const lines = names.map((name, i) => ({
    name,
    colour: i + 1,
    points: unrolled.filter((cell) => cell.name === name)
      .sort((a, b) => a.unrollIterations! - b.unrollIterations!)
      .map(({ unrollIterations, scores }) => {
        const { mean, sd } = scores[score]!;
        const range = sd === undefined ? undefined : [mean - sd, mean + sd] as const;
        return { x: unrollIterations!, y: mean, range };
      }),
  }));
  const levels = scored.filter(({ unrollIterations }) => unrollIterations === undefined)
    .map(({ name, scores }, i) => ({ name, colour: 3 + i, y: scores[score]!.mean }));
  if (lines.length === 0) return markup``;
  return markup`<figure>${
    lineChart({
      title: `${title}: error against T, ${SWEEP_SCORES[score]}`,
      xLabel: "T, unroll iterations",
      yLabel: `EPE, px, ${SWEEP_SCORES[score]}`,
      lines,
      levels,
      xSteps,
      dots: true,
    })
  }</figure>`;
}

function table(cells: readonly SweepCell[]): Markup {
  return markup`<div class="wide"><table><thead><tr><th scope="col">smoothness</th><th scope="col">T</th>${
    SCORES.map(([, label]) =>
      markup`<th scope="col">${label}, px</th><th scope="col">against L1, %</th>`
    )
  }</tr></thead><tbody>${
    cells.map(({ name, unrollIterations, scores, differences }) =>
      markup`<tr><th scope="row">${name}</th><td>${unrollIterations ?? "–"}</td>${
        SCORES.map(([score]) =>
          markup`<td>${value(scores[score])}</td><td>${difference(differences[score])}</td>`
        )
      }</tr>`
    )
  }</tbody></table></div>`;
}

function value(score: SweepValue | undefined): Markup | string {
  if (!score) return "–";
  const { key, mean, sd } = score;
  return markup`${numberAt({ file: FILE, key }, mean, 3)}${
    sd !== undefined && markup`<small>± ${readableNumber(sd, 3)}</small>`
  }`;
}

function difference(of: SweepDifference | undefined): Markup | string {
  if (!of) return "–";
  const { key, percent, low, high } = of;
  return markup`${numberAt({ file: FILE, key }, percent, 1)} <small>[${readableNumber(low, 1)}, ${
    readableNumber(high, 1)
  }]</small>`;
}
