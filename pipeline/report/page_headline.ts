/** The first thing to read: three numbers, then for each data set the network's errors beside those of zero flow. */
import type { Evaluation } from "../score/evaluate.ts";
import { type Markup, markup } from "./markup.ts";
import { numberAt, readableNumber } from "./number.ts";

/** A way to get flow that was scored, and the file that holds its scores. */
export interface Method {
  readonly name: string;
  readonly file: string;
  readonly evaluation: Evaluation;
}

/** Name of the method without a network. */
export const DIRECT = "direct";

const ROWS: readonly (readonly [key: string, label: string, decimals: number])[] = [
  ["epe_px", "all pixels", 2],
  ["epe_occ_px", "occluded", 2],
  ["epe_boundary_px", "boundaries", 2],
  ["fl_all_pct", "Fl, %", 1],
];

/** @param methods the first is the one that the page is about */
export function headline(methods: readonly Method[], summary: Markup): Markup {
  const [main] = methods;
  return markup`<section id="headline" aria-label="Headline numbers">${threeNumbers(methods)}
${summary}
<p class="hint">Every underlined number can be clicked: it shows the parameters, code and data that made it.</p>
<div class="cards">${Object.keys(main.evaluation).map((dataset) => card(dataset, methods))}</div>
<p class="note">EPE is the end-point error: the length of the difference between predicted and true flow.
Occluded: visible in frame 1 only. Boundaries: within 5 px of a jump of the true flow. Fl: share of pixels
wrong by more than 3 px and 5 % of the true length. All pooled over the pixels of a data set.</p></section>`;
}

const MEANINGS: Readonly<Record<string, string>> = {
  network: "one look at two frames; trained without any true flow",
  [DIRECT]: "the same cost minimised for each pair by itself, without a network",
};

/** The error of each method and of zero flow on the first data set that has truth. */
function threeNumbers(methods: readonly Method[]): Markup | undefined {
  const [main] = methods;
  const found = Object.entries(main.evaluation)
    .find(([, { epe_px, zero_flow_epe_px }]) => epe_px !== undefined && zero_flow_epe_px);
  if (!found) return undefined;
  const [dataset, { pairs_count: count, zero_flow_epe_px: zero }] = found;
  const number = (file: string, key: string, value: number, name: string, meaning: string) =>
    markup`<div><dt>${name}</dt><dd class="big">${
      numberAt({ file, key: `${dataset}.${key}` }, value, 2)
    } <span>px</span></dd><dd>${share(value, zero)}${meaning}</dd></div>`;
  const scored = methods.flatMap(({ name, file, evaluation }) => {
    const epe = evaluation[dataset]?.epe_px;
    return epe === undefined ? [] : [number(file, "epe_px", epe, name, MEANINGS[name] ?? "")];
  });
  return markup`<h2>Mean end-point error on ${count} test pairs, ${dataset}</h2>
<dl class="three">${scored}${
    number(main.file, "zero_flow_epe_px", zero, "zero flow", "no motion anywhere: the scale of it")
  }</dl>`;
}

function card(dataset: string, all: readonly Method[]): Markup {
  const [main] = all;
  const methods = all.filter(({ evaluation }) => evaluation[dataset]);
  const scores = main.evaluation[dataset];
  const {
    epe_px: epe,
    zero_flow_epe_px: zero,
    pairs_count: count,
    unscored_pairs_count: unscored,
  } = scores;
  const title = markup`<h2>${dataset} <small>${
    numberAt({ file: main.file, key: `${dataset}.pairs_count` }, count, 0)
  } ${count === 1 ? "pair" : "pairs"}${
    unscored &&
    markup`, ${
      numberAt({ file: main.file, key: `${dataset}.unscored_pairs_count` }, unscored, 0)
    } more without any known flow`
  }</small></h2>`;
  if (epe === undefined || zero === undefined) {
    return markup`<article class="card">${title}<p>No pixel of known flow was scored.</p></article>`;
  }
  const rows = ROWS.filter(([key]) => key in scores);
  return markup`<article class="card">${title}
<p class="big">${
    numberAt({ file: main.file, key: `${dataset}.epe_px` }, epe, 3)
  } <span>px</span></p>
${comparison(epe, zero)}
<div class="wide"><table><thead><tr><td>EPE, px</td>${
    methods.map(({ name }) => markup`<th scope="col">${name}</th>`)
  }<th scope="col">zero flow</th></tr></thead><tbody>${
    rows.map(([key, label, decimals]) =>
      markup`<tr><th scope="row">${label}</th>${
        methods.map(({ file, evaluation }) =>
          markup`<td>${
            numberAt({ file, key: `${dataset}.${key}` }, evaluation[dataset][key], decimals)
          }</td>`
        )
      }<td>${
        numberAt(
          { file: main.file, key: `${dataset}.zero_flow_${key}` },
          scores[`zero_flow_${key}`],
          decimals,
        )
      }</td></tr>`
    )
  }</tbody></table></div></article>`;
}

/** The error as a part of zero flow's, drawn and said. */
function comparison(epe: number, zero: number): Markup {
  const text = epe < zero
    ? `${readableNumber(100 * epe / zero, 0)} % of zero flow's error`
    : "not better than predicting no motion";
  return markup`${share(epe, zero)}<p class="verdict">${text}</p>`;
}

/** A bar as long as the error is of zero flow's. */
function share(epe: number, zero: number): Markup {
  const percent = Math.min(100, zero > 0 ? Math.round(1000 * epe / zero) / 10 : 100);
  const kind = epe < zero ? "part" : epe === zero ? "same" : "worse";
  return markup`<svg class="share" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="4"/><rect class="${kind}" width="${percent}" height="4"/></svg>`;
}
