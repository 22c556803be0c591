/** The page of a comparison, as HTML in one file that needs nothing from outside. */
import { type Markup, markup, trusted } from "../../pipeline/report/markup.ts";
import { pairViewer, type ViewerDatasets } from "../../pipeline/report/page_viewer.ts";
import { PAGE_SCRIPT, pagePolicy } from "../../pipeline/report/script.ts";
import { PAGE_STYLES } from "../../pipeline/report/styles.ts";
import type { DatasetDifference, MatchedPair } from "./differences.ts";
import type { ShownPair } from "./sides.ts";
import { belowInWords, differenceInWords, LABELS } from "./words.ts";

export interface ComparePageInput {
  readonly names: readonly [string, string];
  readonly datasets: readonly DatasetDifference[];
  readonly pairs: readonly MatchedPair[];
  readonly shown: readonly ShownPair[];
  /** Sentences on how it came about, and on what is left out. */
  readonly notes: readonly string[];
}

/** Beyond it, pairs.tsv is for programs. */
const LISTED = 2000;

export async function comparePage(
  { names, datasets, pairs, shown, notes }: ComparePageInput,
): Promise<string> {
  const viewers = [viewerOf(shown, "first"), viewerOf(shown, "second")];
  const captions = new Map(pairs.map((pair) => [`${pair.dataset}/${pair.pair}`, captionOf(pair)]));
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${await pagePolicy()}">
<title>${names[1]} against ${names[0]}</title>
<link rel="icon" href="data:,">
<style>${trusted(PAGE_STYLES)}</style>
</head>
<body>
<header><h1>Two estimates of flow, pair by pair</h1>
<p class="lead">A is ${names[0]}, B is ${
    names[1]
  }. Errors are pooled over pixels. The difference is in per cent of A’s error on the
same pairs, with a 95 % bootstrap interval over pairs; where it holds 0, no difference is shown.</p></header>
<main>
<section id="differences"><h2>Differences</h2>
${datasets.map(datasetTable)}
${
    notes.map((note) =>
      markup`<p class="note">${note}</p>
`
    )
  }</section>
${
    shown.length > 0 && pairViewer(viewers[0], {
      introduction:
        "The same layer of A on the left, of B on the right. Errors of both have one scale of colours.",
      captionOf: (dataset, name) => captions.get(`${dataset}/${name}`) ?? name,
      sides: { names, second: viewers[1] },
    })
  }
${pairTable(pairs)}
</main>
<script type="module">${trusted(PAGE_SCRIPT)}</script>
</body>
</html>
`;
  return page.toString();
}

function viewerOf(shown: readonly ShownPair[], side: "first" | "second"): ViewerDatasets {
  const datasets = [...new Set(shown.map(({ first }) => first.dataset))];
  return Object.fromEntries(datasets.map((dataset) => {
    const own = shown.filter(({ first }) => first.dataset === dataset);
    return [dataset, { flowMaximum: own[0].flowMaximum, pairs: own.map((pair) => pair[side]) }];
  }));
}

function captionOf({ dataset, pair, first, second }: MatchedPair): string {
  const [a, b, zero] = [first.epe_px, second.epe_px, first.zero_flow_epe_px].map((cell) =>
    Number(cell).toFixed(2)
  );
  return `${dataset} ${pair}: A ${a} px, B ${b} px, zero flow ${zero} px`;
}

function datasetTable({ dataset, pairs, scores }: DatasetDifference): Markup {
  return markup`<div class="wide"><table><caption>${dataset}, ${pairs} ${
    pairs === 1 ? "pair" : "pairs"
  }</caption>
<thead><tr><td></td><th scope="col">A</th><th scope="col">B</th><th scope="col">B below A</th><th scope="col">B to A</th></tr></thead>
<tbody>
${
    scores.map((score) =>
      markup`<tr><th scope="row">${LABELS[score.score]}</th><td>${score.first.toFixed(3)}</td><td>${
        score.second.toFixed(3)
      }</td><td>${belowInWords(score)}</td><td>${differenceInWords(score)}</td></tr>
`
    )
  }</tbody></table></div>
`;
}

function pairTable(pairs: readonly MatchedPair[]): Markup {
  const gain = ({ first, second }: MatchedPair) => Number(second.epe_px) - Number(first.epe_px);
  const more = pairs.length - LISTED;
  const rows = pairs.toSorted((a, b) => gain(a) - gain(b)).slice(0, LISTED).map((pair) =>
    markup`<tr><th scope="row">${pair.dataset} ${pair.pair}</th><td>${
      Number(pair.first.epe_px).toFixed(3)
    }</td><td>${Number(pair.second.epe_px).toFixed(3)}</td><td>${signed(gain(pair))}</td></tr>
`
  );
  return markup`<section id="pairs"><h2>All pairs</h2>
<p>End-point error in pixels, where B gains most first.${
    more > 0 && ` ${more} more are in pairs.tsv.`
  }</p>
<div class="wide"><table><thead><tr><th scope="col">pair</th><th scope="col">A</th><th scope="col">B</th><th scope="col">B − A</th></tr></thead>
<tbody>
${rows}</tbody></table></div></section>`;
}

function signed(value: number): string {
  const text = Math.abs(value).toFixed(3);
  if (Number(text) === 0) return text;
  return `${value < 0 ? "−" : "+"}${text}`;
}
