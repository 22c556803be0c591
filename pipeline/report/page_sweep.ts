/** The sweep over the unroll iterations T: what it says, error against T, and every cell. */
import { type ReferenceName, SCORE_NAMES, type ScoreName } from "../sweep/compare.ts";
import { EXPERIMENT_TITLES, verdict } from "../sweep/report.ts";
import { lineChart } from "./chart.ts";
import { type Markup, markup } from "./markup.ts";
import { lineageId, numberAt, readableNumber } from "./number.ts";
import { PUBLISHED_SWEEP, SWEEP_FILE, type SweepCell, type SweepRecord } from "./sweep_record.ts";

const PIXELS: Readonly<Record<ScoreName, string>> = {
  epe_px: "all pixels",
  epe_noc_px: "visible in both",
  epe_occ_px: "occluded",
  epe_boundary_px: "near boundaries",
  epe_interior_px: "interior",
};
const DRAWN: readonly ScoreName[] = ["epe_occ_px", "epe_boundary_px", "epe_px"];
const REFERENCES: readonly (readonly [ReferenceName, string])[] = [
  ["l1", "against L1"],
  ["unrolled_T0", "against T = 0"],
  ["tv", "against TV, same Sobel"],
];
/** Smoothness without T, in the charts: short names and colours. */
const LEVELS: readonly (readonly [cell: string, name: string, colour: number])[] = [
  ["l1", "L1", 2],
  ["tv", "TV, Sobel", 4],
  ["charbonnier", "Charbonnier", 3],
];

export function sweep(record: SweepRecord | undefined): Markup {
  if (!record) {
    return markup`<section id="sweep"><h2>Sweep over T</h2>
<p>No sweep has been published with this run. <code>./run dvc repro sweep/dvc.yaml</code> runs one;
<code>cp ${SWEEP_FILE} ${PUBLISHED_SWEEP}</code> puts it here.</p></section>`;
  }
  return markup`<section id="sweep"><h2>Sweep over T</h2>
<p>The question of the paper: by how much does unrolling the smoothness term change the error, on occluded pixels above all,
against the L1 baseline? Weights were chosen on validation scenes; all numbers here are of test scenes.</p>
${Object.entries(record).map(([name, cells]) => experiment(name, cells))}
${HOW_TO_READ}
<p class="note">All numbers: <a href="#${lineageId(SWEEP_FILE)}">${SWEEP_FILE}</a>. In words:
<code>results/sweep/report.md</code>.</p></section>`;
}

const HOW_TO_READ = markup`<h3>How to read it</h3><ul class="answers">
<li>The unrolled cost differs from L1 in two things at once: where and how smoothness is measured (on the quarter grid, by a
Sobel operator with its own edge mask), and how it is penalised (by unrolled iterations). TV on the same Sobel operator and
T = 0 have the first without the second: only what sets T ≥ 1 apart from them can be due to unrolling.</li>
<li>Differences are paired, in per cent, with a 95 % bootstrap interval over pairs. Where it holds 0, or one seed says
otherwise, no difference is shown.</li>
<li>Direct shows what the term does to the gradient, without a network and without chance; not what a network learns from it.
The scenes are drawn: how the terms rank on real pictures is another question.</li></ul>`;

function experiment(name: string, cells: readonly SweepCell[]): Markup {
  const title = EXPERIMENT_TITLES[name] ?? name;
  const { runs_count: runs, pairs_count: pairs } = cells[0].numbers;
  return markup`<h3>${title}</h3>
<p>${pairs} test pairs${runs > 1 && `, ${runs} seeds: mean ± standard deviation`}.</p>
${answers(cells)}
<div class="pair">${DRAWN.map((score) => chart(title, score, cells))}</div>
<details><summary>All cells</summary>${table(cells)}</details>`;
}

/** What unrolling does to occluded pixels, against each reference; null results are said as such. */
function answers(cells: readonly SweepCell[]): Markup | undefined {
  const unrolled = cells.filter(({ cell }) => (cell.unrollIterations ?? 0) > 0);
  const references = REFERENCES.filter(([reference]) =>
    unrolled.some(({ numbers }) => differenceKey("epe_occ_px", reference) in numbers)
  );
  if (references.length === 0) return undefined;
  return markup`<div class="wide"><table><caption>Error on occluded pixels, %</caption><thead><tr><td></td>${
    references.map(([, name]) => markup`<th scope="col">${name}</th>`)
  }</tr></thead><tbody>${
    unrolled.map((cell) =>
      markup`<tr><th scope="row">${cell.cell.label}</th>${
        references.map(([reference]) =>
          markup`<td>${difference(cell, "epe_occ_px", reference)}</td>`
        )
      }</tr>`
    )
  }</tbody></table></div>`;
}

function differenceKey(score: ScoreName, reference: ReferenceName): string {
  return `${score.replace(/_px$/, "")}_against_${reference}_pct`;
}

function difference(
  { key, numbers }: SweepCell,
  score: ScoreName,
  reference: ReferenceName,
): Markup | string {
  const own = differenceKey(score, reference);
  const percent = numbers[own];
  if (percent === undefined) return "–";
  const stem = own.replace(/_pct$/, "");
  const low = numbers[`${stem}_low_pct`], high = numbers[`${stem}_high_pct`];
  const runsBelow = numbers[`${stem}_runs_below_count`];
  const found = verdict({ percent, low, high, runsBelow }, numbers.runs_count);
  return markup`${numberAt({ file: SWEEP_FILE, key: `${key}.${own}` }, percent, 1)} <small>[${
    readableNumber(low, 1)
  }, ${readableNumber(high, 1)}] ${found}</small>`;
}

function chart(title: string, score: ScoreName, cells: readonly SweepCell[]): Markup {
  const unrolled = cells.filter(({ cell, numbers }) =>
    cell.unrollIterations !== undefined && score in numbers
  );
  const steps = [...new Set(unrolled.map(({ cell }) => cell.unrollIterations!))];
  const lines = [
    { name: "unrolled", colour: 1, own: unrolled.filter(({ cell }) => !cell.stopGradient) },
    { name: "grad. stopped", colour: 5, own: unrolled.filter(({ cell }) => cell.stopGradient) },
  ].filter(({ own }) => own.length > 0);
  if (lines.length === 0) return markup``;
  return markup`<figure>${
    lineChart({
      title: `${title}: error against T, ${PIXELS[score]}`,
      xLabel: "T, unroll iterations",
      yLabel: `EPE, px, ${PIXELS[score]}`,
      xSteps: steps.sort((a, b) => a - b),
      lines: lines.map(({ name, colour, own }) => ({ name, colour, points: own.map(point) })),
      levels: LEVELS.flatMap(([name, label, colour]) => {
        const y = cells.find(({ cell }) => cell.name === name)?.numbers[score];
        return y === undefined ? [] : [{ name: label, colour, y }];
      }),
      dots: true,
      narrow: true,
    })
  }</figure>`;

  function point({ cell, numbers }: SweepCell) {
    const y = numbers[score], deviation = numbers[`${score}_sd`];
    const range = deviation === undefined ? undefined : [y - deviation, y + deviation] as const;
    return { x: cell.unrollIterations!, y, range };
  }
}

function table(cells: readonly SweepCell[]): Markup {
  const scores = SCORE_NAMES.filter((score) => cells.some(({ numbers }) => score in numbers));
  return markup`<div class="wide"><table><thead><tr><td>smoothness</td><th scope="col">weight</th>${
    scores.map((score) =>
      markup`<th scope="col">${PIXELS[score]}, px</th><th scope="col">against L1, %</th>`
    )
  }</tr></thead><tbody>${
    cells.map((own) =>
      markup`<tr><th scope="row">${own.cell.label}</th><td>${own.numbers.weight}</td>${
        scores.map((score) =>
          markup`<td>${value(own, score)}</td><td>${difference(own, score, "l1")}</td>`
        )
      }</tr>`
    )
  }</tbody></table></div>`;
}

function value({ key, numbers }: SweepCell, score: ScoreName): Markup {
  const deviation = numbers[`${score}_sd`];
  return markup`${numberAt({ file: SWEEP_FILE, key: `${key}.${score}` }, numbers[score], 3)}${
    deviation !== undefined && markup` <small>± ${readableNumber(deviation, 3)}</small>`
  }`;
}
