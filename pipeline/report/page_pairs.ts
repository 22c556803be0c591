/** Pair by pair: the error of each beside zero flow's, the best and the worst by name. */
import { type Markup, markup } from "./markup.ts";
import { lineageId, numberAt } from "./number.ts";
import type { RankedPair } from "./ranking.ts";
import { round, roundAxis, TICKS } from "./chart.ts";

const FILE = "results/evaluate/pairs.tsv";
/** So many of the best and of the worst are named. */
const LISTED = 5;
/** Fewer pairs are a table, not a picture. */
const FEWEST_DRAWN = 8;

/** @param indexOf place of a pair in the viewer, if it is shown there */
export function pairs(
  ranking: readonly RankedPair[],
  indexOf: (dataset: string, name: string) => number | undefined,
): Markup {
  const datasets = [...new Set(ranking.map(({ dataset }) => dataset))];
  const large: Markup[] = [], small: RankedPair[] = [];
  for (const dataset of datasets) {
    const own = ranking.filter((pair) => pair.dataset === dataset);
    if (own.length < FEWEST_DRAWN) small.push(...own);
    else large.push(distribution(dataset, own, indexOf));
  }
  return markup`<section id="pairs"><h2>Best and worst pairs</h2>${large}${
    small.length > 0 &&
    markup`<h3>Data sets of a few pairs</h3>${pairTable(small, indexOf, "All pairs", true)}`
  }<p class="note">All pairs, with more columns: <a href="#${
    lineageId(
      FILE,
    )
  }">${FILE}</a>.</p></section>`;
}

function distribution(
  dataset: string,
  own: readonly RankedPair[],
  indexOf: (dataset: string, name: string) => number | undefined,
): Markup {
  const worse = own.filter(({ epe, zeroEpe }) => !(epe < zeroEpe)).length;
  const listed = Math.min(LISTED, Math.floor(own.length / 2));
  return markup`<h3>${dataset}</h3><div class="pair"><figure>${
    scatter(dataset, own)
  }<figcaption>Each dot is a pair.
Below the line the network is better than zero flow: ${
    own.length - worse
  } of ${own.length} pairs.</figcaption></figure><div>${
    pairTable(own.slice(0, listed), indexOf, "Best")
  }${
    pairTable(
      own.slice(-listed).toReversed(),
      indexOf,
      "Worst",
    )
  }</div></div>`;
}

function pairTable(
  rows: readonly RankedPair[],
  indexOf: (dataset: string, name: string) => number | undefined,
  title: string,
  withDataset = false,
): Markup {
  return markup`<div class="wide"><table class="pairs"><caption>${title}</caption><thead><tr><th scope="col">pair</th><th scope="col">EPE, px</th><th scope="col">zero flow</th><th scope="col">occluded</th></tr></thead><tbody>${
    rows.map(({ dataset, name, epe, zeroEpe, occludedEpe }) => {
      const number = (column: string, value: number | undefined) =>
        markup`<td>${numberAt({ file: FILE, key: `${dataset}/${name}.${column}` }, value, 2)}</td>`;
      const index = indexOf(dataset, name);
      const label = withDataset ? `${dataset} ${name}` : name;
      return markup`<tr><th scope="row">${
        index === undefined ? label : markup`<a href="#viewer" data-pair="${index}">${label}</a>`
      }</th>${number("epe_px", epe)}${number("zero_flow_epe_px", zeroEpe)}${
        number("epe_occ_px", occludedEpe)
      }</tr>`;
    })
  }</tbody></table></div>`;
}

const SIDE = 360;
const LEFT = 40;
const BOTTOM = SIDE - 36;
const TOP = 24;
const RIGHT = SIDE - 8;

/** The network's error against zero flow's, both from 0 on the same scale. */
function scatter(dataset: string, own: readonly RankedPair[]): Markup {
  const values = [0, ...own.flatMap(({ epe, zeroEpe }) => [epe, zeroEpe])];
  const x = roundAxis(values, LEFT, RIGHT), y = roundAxis(values, BOTTOM, TOP);
  const format = x.tickFormat(TICKS, "f");
  return markup`<svg class="chart scatter" viewBox="0 0 ${SIDE} ${SIDE}" role="img"><title>Error of each pair of ${dataset} against that of zero flow</title>
${
    x.ticks(TICKS).map((mark) =>
      markup`<path class="grid" d="M${LEFT} ${round(y(mark))}H${RIGHT}"/><text class="tick" x="${
        LEFT - 6
      }" y="${round(y(mark) + 4)}" text-anchor="end">${format(mark)}</text><text class="tick" x="${
        round(x(mark))
      }" y="${BOTTOM + 16}" text-anchor="middle">${format(mark)}</text>`
    )
  }
<path class="level c4" d="M${LEFT} ${BOTTOM}L${RIGHT} ${TOP}"/><text class="axis" x="2" y="12">network’s EPE, px</text><text class="axis" x="${RIGHT}" y="${
    SIDE - 3
  }" text-anchor="end">zero flow’s EPE, px</text>
${
    own.map(({ name, epe, zeroEpe }) =>
      markup`<circle class="dot ${epe < zeroEpe ? "c1" : "c2"}" cx="${round(x(zeroEpe))}" cy="${
        round(y(epe))
      }" r="4"><title>${name}</title></circle>`
    )
  }
</svg>`;
}
