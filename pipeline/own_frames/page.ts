/** The page of frames of one's own, as HTML in one file: what can be said without truth, before and after training. */
import type { PackedPair } from "../picture/viewer/pack.ts";
import { type Markup, markup, trusted } from "../report/markup.ts";
import { pairViewer, type ViewerDatasets } from "../report/page_viewer.ts";
import { PAGE_SCRIPT, pagePolicy } from "../report/script.ts";
import { PAGE_STYLES } from "../report/styles.ts";
import { betterThanStart, type MeasuredPair, MEASURES, START, ZERO_FLOW } from "./measures.ts";

/** A pair as the start model predicts it, and as the trained one does. */
export interface ShownPair {
  readonly first: PackedPair;
  readonly second: PackedPair;
  /** Length of flow in pixels at which colours saturate. */
  readonly flowMaximum: number;
}

export interface OwnPageInput {
  readonly measured: readonly MeasuredPair[];
  /** Of metrics.json. */
  readonly means: Readonly<Record<string, number>>;
  readonly shown: readonly ShownPair[];
}

const LABELS: Readonly<Record<typeof MEASURES[number], string>> = {
  photometric_level: "photometric error, levels of 255",
  inconsistent_px: "forward and back, distance in px (median)",
  inconsistent_pct: "pixels that do not come back, %",
  occluded_pct: "taken for occluded, %",
};
const NAMES = ["the start model", "after training on these frames"] as const;
/** Beyond it, pairs.tsv is for programs. */
const LISTED = 2000;

export async function ownPage({ measured, means, shown }: OwnPageInput): Promise<string> {
  const flowMaximum = Math.max(...shown.map((pair) => pair.flowMaximum));
  const side = (name: "first" | "second"): ViewerDatasets => ({
    frames: { flowMaximum, pairs: shown.map((pair) => pair[name]) },
  });
  const texts = new Map(measured.map((pair) => [pair.name, captionOf(pair)]));
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${await pagePolicy()}">
<title>Optical flow of your frames</title>
<link rel="icon" href="data:,">
<style>${trusted(PAGE_STYLES)}</style>
</head>
<body>
<header><h1>Optical flow of your frames</h1>
<p class="lead">Judged on ${measured.length} ${
    measured.length === 1 ? "pair" : "pairs"
  } that training did not see. Nobody knows their
true flow, so there is no error in pixels. A right flow brings the second frame onto the first, and forward and then back leads
to where it began; both can be had by a wrong flow too, so look at the pictures.</p></header>
<main>
<section id="numbers"><h2>Without truth</h2>
${meansTable(means)}
<p>${verdictOf(measured)}</p></section>
${
    pairViewer(side("first"), {
      introduction:
        "A is the start model, B the one that was trained on these frames. Warped back, the second frame should " +
        "look as the first one; where it does not, the flow is wrong, or the pixel is hidden.",
      captionOf: (_, name) => texts.get(name) ?? name,
      sides: { names: NAMES, second: side("second") },
    })
  }
${pairTable(measured)}
</main>
<script type="module">${trusted(PAGE_SCRIPT)}</script>
</body>
</html>
`;
  return page.toString();
}

function meansTable(means: OwnPageInput["means"]): Markup {
  return markup`<div class="wide"><table>
<thead><tr><td></td><th scope="col">no motion</th><th scope="col">start</th><th scope="col">trained</th></tr></thead>
<tbody>
${
    MEASURES.map((key) =>
      markup`<tr><th scope="row">${LABELS[key]}</th><td>${
        shownMean(means[ZERO_FLOW + key])
      }</td><td>${shownMean(means[START + key])}</td><td>${shownMean(means[key])}</td></tr>
`
    )
  }</tbody></table></div>`;
}

/** No motion agrees with itself and hides nothing, which says nothing of it. */
function shownMean(value: number | undefined): Markup | string {
  return value === undefined ? markup`<span class="none">–</span>` : value.toFixed(2);
}

function verdictOf(measured: readonly MeasuredPair[]): string {
  const count = measured.length;
  const belowNoMotion = measured
    .filter(({ trained, zeroFlow }) => trained.photometric_level < zeroFlow).length;
  return `After training, the photometric error is below that of no motion on ${belowNoMotion} of ${count} pairs, ` +
    `and below that of the start on ${betterThanStart(measured)} of ${count}.`;
}

function captionOf({ name, trained, start, zeroFlow }: MeasuredPair): string {
  return `${name}: photometric error ${zeroFlow.toFixed(2)} without motion, ${
    start.photometric_level.toFixed(2)
  } at the start (A), ${trained.photometric_level.toFixed(2)} trained (B)`;
}

function pairTable(measured: readonly MeasuredPair[]): Markup {
  const more = measured.length - LISTED;
  const rows = measured.slice(0, LISTED).map(({ name, zeroFlow, start, trained }) =>
    markup`<tr><th scope="row">${name}</th>${
      [
        zeroFlow,
        start.photometric_level,
        trained.photometric_level,
        start.inconsistent_px,
        trained.inconsistent_px,
        start.occluded_pct,
        trained.occluded_pct,
      ].map((value) => markup`<td>${value.toFixed(2)}</td>`)
    }</tr>
`
  );
  return markup`<section id="pairs"><h2>All pairs that were held out</h2>
<p>Photometric error, forward and back in px, and per cent taken for occluded.${
    more > 0 && ` ${more} more are in pairs.tsv.`
  }</p>
<div class="wide"><table><thead><tr><th scope="col">pair</th><th scope="col">no motion</th><th scope="col">start</th><th scope="col">trained</th><th scope="col">px, start</th><th scope="col">trained</th><th scope="col">%, start</th><th scope="col">trained</th></tr></thead>
<tbody>
${rows}</tbody></table></div></section>`;
}
