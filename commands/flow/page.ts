/** The page of a folder's flows, as HTML in one file that needs nothing from outside. */
import type { PackedPair } from "../../pipeline/picture/viewer/pack.ts";
import { type Markup, markup, trusted } from "../../pipeline/report/markup.ts";
import { pairViewer } from "../../pipeline/report/page_viewer.ts";
import { PAGE_SCRIPT, pagePolicy } from "../../pipeline/report/script.ts";
import { PAGE_STYLES } from "../../pipeline/report/styles.ts";
import type { PairNumbers } from "./record.ts";

export interface FlowPageInput {
  readonly folder: string;
  readonly model: string;
  readonly adapter: string;
  readonly refine: number;
  readonly sharpen: boolean;
  readonly pairs: readonly {
    readonly name: string;
    /** Of the flow's file, from the page. */
    readonly link: string;
    readonly record: PairNumbers;
  }[];
  /** Some of the pairs, all of one data set. */
  readonly shown: readonly PackedPair[];
}

/** Beyond it, pairs.tsv is for programs. */
const LISTED = 2000;

export async function flowPage(input: FlowPageInput): Promise<string> {
  const { folder, pairs, shown } = input;
  const records = new Map(pairs.map(({ name, record }) => [name, record]));
  const maximum = Math.max(...shown.map(({ name }) => records.get(name)?.colour_px ?? 0));
  const datasets = shown.length > 0
    ? { [shown[0].dataset]: { flowMaximum: maximum, pairs: shown } }
    : {};
  const introduction =
    `${shown.length} of ${pairs.length} pairs, at even distances. A pixel here is a pixel of the frames; of frames that ` +
    `are very large, the middle is shown. Occlusion is white where the flows of both directions do not agree.`;
  const page = markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${await pagePolicy()}">
<title>Optical flow of ${folder}</title>
<link rel="icon" href="data:,">
<style>${trusted(PAGE_STYLES)}</style>
</head>
<body>
<header><h1>Optical flow of ${folder}</h1>
<p class="lead">Where each pixel of a frame is in the next one: ${pairs.length} pairs, by ${input.model}${
    input.refine > 0 && ` and ${input.refine} steps that minimise the cost`
  }${!input.sharpen && ", not sharpened"}, on ${input.adapter}.</p></header>
<main>
${
    pairViewer(datasets, {
      introduction,
      captionOf: (_, name) => captionOf(name, records.get(name)),
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

function captionOf(name: string, record: PairNumbers | undefined): string {
  if (!record) return name;
  return `${name}: largest motion ${record.largest_px.toFixed(2)} px, median ${
    record.median_px.toFixed(2)
  } px`;
}

function pairTable(pairs: FlowPageInput["pairs"]): Markup {
  const rows = pairs.slice(0, LISTED).map(({ name, link, record }) =>
    markup`<tr><th scope="row"><a href="${
      hrefOf(link)
    }">${name}</a></th><td>${record.width} x ${record.height}</td><td>${
      record.largest_px.toFixed(2)
    }</td><td>${record.median_px.toFixed(2)}</td><td>${record.inconsistent_px.toFixed(2)}</td><td>${
      record.not_back_pct.toFixed(1)
    }</td></tr>
`
  );
  const more = pairs.length - rows.length;
  return markup`<section id="pairs"><h2>All pairs</h2>
<p>Motion in pixels. Forward and back again, a pixel should be where it was: the median distance says how nearly, and the last
column how many pixels are elsewhere, hidden in the other frame or wrong.${
    more > 0 && ` ${more} more are in pairs.tsv.`
  }</p>
<div class="wide"><table><thead><tr><th scope="col">pair</th><th scope="col">pixels</th><th scope="col">largest</th><th scope="col">median</th><th scope="col">distance</th><th scope="col">not back, %</th></tr></thead>
<tbody>
${rows}</tbody></table></div></section>`;
}

/** Parts of a path may hold what a link would take for something else. */
function hrefOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
