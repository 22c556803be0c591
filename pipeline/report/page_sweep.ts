/** The sweep over the unroll iterations T: what it says, error against T, and every cell. */
import { type ReferenceName, SCORE_NAMES, type ScoreName } from "../sweep/compare.ts";
import {
  legendOf,
  PANEL,
  panel,
  PANELS,
  REFERENCE_TITLE,
  type Series,
  seriesOf,
  sharedDomain,
} from "../sweep/panel.ts";
import { differenceIn, differenceKeys } from "../sweep/record.ts";
import { EXPERIMENT_TITLES } from "../sweep/report.ts";
import { decimalsOf, verdictInWords } from "../sweep/verdict.ts";
import { type Markup, markup, trusted } from "./markup.ts";
import { lineageId, numberAt, readableNumber } from "./number.ts";
import { PUBLISHED_SWEEP, SWEEP_FILE, type SweepCell, type SweepRecord } from "./sweep_record.ts";

const PIXELS: Readonly<Record<ScoreName, string>> = {
  epe_px: "all pixels",
  epe_noc_px: "visible in both",
  epe_occ_px: "occluded",
  epe_boundary_px: "near boundaries",
  epe_interior_px: "interior",
};
const REFERENCES: readonly (readonly [ReferenceName, string])[] = [
  ["l1", "against L1"],
  ["unrolled_T0", "against T = 0"],
  ["tv", "against TV, same Sobel"],
];
export function sweep(record: SweepRecord | undefined): Markup {
  if (!record) {
    return markup`<section id="sweep"><h2>Sweep over T</h2>
<p>No sweep has been published with this run. <code>./run dvc repro sweep/dvc.yaml</code> runs one;
<code>cp ${SWEEP_FILE} ${PUBLISHED_SWEEP}</code> puts it here.</p></section>`;
  }
  const experiments = Object.entries(record);
  const allSeries = seriesOf(experiments.map(([, cells]) => cells));
  return markup`<section id="sweep"><h2>Sweep over T</h2>
<p>The question of the paper: by how much does unrolling the smoothness term change the error, on occluded pixels above all,
against the L1 baseline? Weights were chosen on validation scenes; all numbers here are of test scenes.</p>
${legend(legendOf(allSeries))}
${experiments.map(([name, cells], i) => experiment(name, cells, allSeries[i]))}
${HOW_TO_READ}
<p class="note">All numbers: <a href="#${lineageId(SWEEP_FILE)}">${SWEEP_FILE}</a>. In words:
<code>results/sweep/report.md</code>.</p></section>`;
}

const HOW_TO_READ = markup`<h3>How to read it</h3><ul class="answers">
<li>The unrolled cost differs from L1 in two things at once: where and how smoothness is measured (on the quarter grid, by a
Sobel operator with its own edge mask), and how it is penalised (by unrolled iterations). TV on the same Sobel operator and
T = 0 have the first without the second: only what sets T ≥ 1 apart from them can be due to unrolling.</li>
<li>Differences are paired, in per cent, with a 95 % bootstrap interval over pairs. Where it holds 0, no difference
is shown; where one seed says otherwise, none is counted, and the table says so.</li>
<li>Direct shows what the term does to the gradient, without a network and without chance; not what a network learns from it.
The scenes are drawn: how the terms rank on real pictures is another question.</li></ul>`;

/** What the marks of all charts mean. */
function legend(all: readonly Series[]): Markup | undefined {
  if (all.length === 0) return undefined;
  const entry = (title: string, mark: string) =>
    markup`<span><svg viewBox="0 0 26 10" width="26" height="10" aria-hidden="true"><path class="${mark}" d="M0 5H26"/></svg> ${title}</span>`;
  return markup`<p class="legend">${entry(REFERENCE_TITLE, "baseline")}${
    all.map(({ title, colour, across }) => entry(title, `${across ? "level" : "line"} c${colour}`))
  }</p><p class="note">In the charts, bars and bands are 95 % bootstrap intervals over pairs. A filled dot: a difference to L1 is
shown; a hollow one: none is. The charts of an experiment share their axis.</p>`;
}

function experiment(
  name: string,
  cells: readonly SweepCell[],
  series: readonly Series[],
): Markup {
  const title = EXPERIMENT_TITLES[name] ?? name;
  const { runs_count: runs, pairs_count: pairs } = cells[0].numbers;
  return markup`<h3>${title}</h3>
<p>${pairs} test pairs${runs > 1 && `, ${runs} seeds: mean ± standard deviation`}.</p>
${answers(cells)}
<div class="pair">${series.length > 0 && charts(title, cells, series)}</div>
<details><summary>All cells</summary>${table(cells)}</details>`;
}

/** What unrolling does to occluded pixels, against each reference; null results are said as such. */
function answers(cells: readonly SweepCell[]): Markup | undefined {
  const unrolled = cells.filter(({ cell }) => (cell.unrollIterations ?? 0) > 0);
  const references = REFERENCES.filter(([reference]) =>
    unrolled.some(({ numbers }) => differenceIn(numbers, "epe_occ_px", reference))
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

function difference(
  { key, numbers }: SweepCell,
  score: ScoreName,
  reference: ReferenceName,
): Markup | string {
  const found = differenceIn(numbers, score, reference);
  if (!found) return "–";
  const { percent, low, high } = found;
  const own = differenceKeys(score, reference).percent;
  const decimals = decimalsOf(found);
  return markup`${
    numberAt({ file: SWEEP_FILE, key: `${key}.${own}` }, percent, decimals)
  } <small>[${readableNumber(low, decimals)}, ${
    readableNumber(high, decimals)
  }]</small> <small class="words">${verdictInWords(found, numbers.runs_count)}</small>`;
}

/** Error against T, one chart for each kind of pixels. */
function charts(
  title: string,
  cells: readonly SweepCell[],
  series: readonly Series[],
): Markup[] {
  const domain = sharedDomain(series);
  const baseline = cells.find(({ cell }) => cell.name === "l1")?.numbers;
  return PANELS.map(([score, pixels]) =>
    markup`<figure><svg class="chart panel" viewBox="0 0 ${PANEL.width} ${PANEL.height}" role="img"><title>${title}: error against T, ${pixels}</title>${
      trusted(panel(series, score, { title: pixels, domain, baseline: baseline?.[score] }))
    }</svg></figure>`
  );
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
