/** The viewer of single pairs: its controls, and its pictures as data for the script. Pairs may lack a true flow. */
import { WHEEL } from "../common/io/colour_wheel.ts";
import { STEPS_PER_PIXEL } from "../picture/viewer/pack.ts";
import type { ViewerDataset } from "../picture/viewer/viewer_file.ts";
import { jsonElement, type Markup, markup } from "./markup.ts";
import { type RankedPair, rankText } from "./ranking.ts";

/** Layers, and readings below, that need a true flow. */
const OF_TRUTH = ["truth", "error"];
/** What stands in for an error where there is no truth: warped back, frame 2 should look as frame 1. */
const WITHOUT_TRUTH = ["warped"];
/** Where `deno task page --serve` shows the live page; on the page itself another address can be given. */
export const LIVE_ADDRESS = "http://127.0.0.1:8000/";
const LAYERS: readonly (readonly [layer: string, label: string])[] = [
  ["frame1", "Frame 1"],
  ["frame2", "Frame 2"],
  ["warped", "Frame 2 warped back"],
  ["truth", "True flow"],
  ["predicted", "Prediction"],
  ["error", "Error"],
  ["occlusion", "Occlusion"],
];

export type ViewerDatasets = Readonly<Record<string, ViewerDataset>>;

/** Place of each pair in the viewer by data set and name; undefined for those it does not show. */
export function viewerIndex(
  datasets: ViewerDatasets,
): (dataset: string, name: string) => number | undefined {
  const names = Object.values(datasets).flatMap(({ pairs }) => pairs)
    .map(({ dataset, name }) => JSON.stringify([dataset, name]));
  return (dataset, name) => {
    const index = names.indexOf(JSON.stringify([dataset, name]));
    return index < 0 ? undefined : index;
  };
}

/** What stands around the pictures. */
export interface ViewerText {
  readonly introduction: string;
  captionOf(dataset: string, name: string): string;
  /** Where two methods are shown side by side. */
  readonly sides?: ViewerSides;
}

export interface ViewerSides {
  /** Of the first method, whose pairs the viewer has anyway, and of the second. */
  readonly names: readonly [string, string];
  /** The same pairs in the same order, of the same sizes, as the second method predicts them. */
  readonly second: ViewerDatasets;
}

/** The viewer of a run's report. */
export function viewer(datasets: ViewerDatasets, ranking: readonly RankedPair[]): Markup {
  return pairViewer(datasets, {
    introduction: INTRODUCTION,
    captionOf: (dataset, name) => captionOf(dataset, name, ranking),
  });
}

const INTRODUCTION =
  "Of each data set the best pair, the worst, and some by their place alone. True and predicted flow share one scale of " +
  "colours. A pixel here is a pixel of the pair; of pairs that are very large, the middle is shown.";

/** The viewer of any pairs; where none has a true flow, what needs it is left out. */
export function pairViewer(datasets: ViewerDatasets, text: ViewerText): Markup {
  const groups = Object.entries(datasets).filter(([, { pairs }]) => pairs.length > 0);
  if (groups.length === 0) {
    return markup`<section id="viewer"><h2>Pairs, looked at</h2><p>No pair has true flow.</p></section>`;
  }
  const shown = groups.flatMap(([, { flowMaximum, pairs }]) =>
    pairs.map((pair) => ({ ...pair, flowMaximum }))
  );
  const truth = shown.some((pair) => pair.truth !== false);
  const { sides } = text;
  const second = sides && Object.values(sides.second).flatMap(({ pairs }) => pairs);
  const data = {
    stepsPerPixel: STEPS_PER_PIXEL,
    wheel: WHEEL,
    pairs: shown.map(({ bytes, ...pair }, i) => ({
      ...pair,
      caption: text.captionOf(pair.dataset, pair.name),
      bytes: bytes.toBase64(),
      ...second && { second: second[i].bytes.toBase64() },
    })),
  };
  return markup`<section id="viewer"><h2>Pairs, looked at</h2>
<p>${text.introduction}</p>
<div class="viewer">
${controls(datasets)}
<p class="caption" data-part="caption" aria-live="polite">The viewer needs JavaScript; everything else on this page does not.</p>
<div class="view">
<div class="picture${sides && " sides"}" data-part="picture">${
    frame("", sides && `A: ${sides.names[0]}`)
  }${sides && frame("second-", `B: ${sides.names[1]}`)}</div>
<div class="layers" role="group" aria-label="Layer">${
    LAYERS.filter(([layer]) => !(truth ? WITHOUT_TRUTH : OF_TRUTH).includes(layer)).map((
      [layer, label],
    ) =>
      markup`<button type="button" data-layer="${layer}" aria-pressed="false"><canvas aria-hidden="true"></canvas><span>${label}</span></button>`
    )
  }</div>
<div class="side">${readout(truth, sides !== undefined)}${keyOfFlow(truth)}${
    truth && KEY_OF_ERRORS
  }</div>
</div>
<p class="note">Keys: <kbd>←</kbd> <kbd>→</kbd> layer, <kbd>n</kbd> <kbd>p</kbd> pair, <kbd>f</kbd> flip,
<kbd>shift</kbd> and arrows move the marked point.</p>
</div>${jsonElement("viewer-data", data)}</section>`;
}

function controls(datasets: ViewerDatasets): Markup {
  const index = viewerIndex(datasets);
  return markup`<div class="controls">
<label>Pair <select data-part="pairs">${
    Object.entries(datasets).map(([dataset, { pairs }]) =>
      markup`<optgroup label="${dataset}">${
        pairs.map(({ name }) => markup`<option value="${index(dataset, name)}">${name}</option>`)
      }</optgroup>`
    )
  }</select></label>
<span class="group"><button type="button" data-part="previous" title="key p">previous</button><button type="button" data-part="next" title="key n">next</button></span>
<button type="button" data-part="flip" aria-pressed="false" title="key f">flip frames</button>
<button type="button" data-part="full" aria-pressed="false" title="one pixel of the pair for each of the screen">full size</button>
<label>Full colour at <select data-part="scale">
<option value="dataset">data set’s largest motion</option>
<option value="pair">this pair’s largest motion</option>
</select></label>
<span class="live"><button type="button" data-part="live" title="computes its flow here: ./run deno task page --serve">open in the live page</button> <label>at <input type="url" data-part="live-address" value="${LIVE_ADDRESS}" size="22" spellcheck="false"></label></span>
</div>
<p class="note" data-part="live-said" role="status"></p>`;
}

/** One picture of the chosen layer with the cross that marks a point. @param prefix of the names of its parts */
function frame(prefix: string, title: string | undefined): Markup {
  const shown =
    markup`<div class="frame"><canvas data-part="${prefix}canvas" role="img" aria-label="the chosen layer"></canvas><span class="cross" data-part="${prefix}cross"></span></div>`;
  return title === undefined ? shown : markup`<div><p class="note">${title}</p>${shown}</div>`;
}

function readout(truth: boolean, sides: boolean): Markup {
  return markup`<dl class="readout" aria-label="Flow at the marked point">
<div><dt>pixel</dt><dd data-part="position"></dd></div>
<div class="head"><dt></dt><dd>u →</dd><dd>v ↓</dd></div>
${truth && flowReading("truth", "truth")}${flowReading(sides ? "A" : "prediction", "predicted")}${
    sides && flowReading("B", "second")
  }${truth && errorReading(sides ? "error of A" : "error", "error")}${
    truth && sides && errorReading("error of B", "second-error")
  }<div><dt>in frame 2</dt><dd data-part="visibility"></dd></div>
</dl>`;
}

function flowReading(label: string, part: string): Markup {
  return markup`<div><dt>${label}</dt><dd data-part="${part}-u"></dd><dd data-part="${part}-v"></dd></div>
`;
}

function errorReading(label: string, part: string): Markup {
  return markup`<div><dt>${label}</dt><dd data-part="${part}"></dd></div>
`;
}

function keyOfFlow(truth: boolean): Markup {
  return markup`<figure class="key">
<canvas data-part="wheel" role="img" aria-label="Colour of each direction of flow"></canvas>
<figcaption>Flow: the colour says the direction, full colour at <b data-part="flow-maximum"></b>.
White: no motion.${truth && " Black: truth unknown."}</figcaption></figure>
`;
}

const KEY_OF_ERRORS = markup`<figure class="key">
<span class="heat" role="img" aria-label="Colours of errors from black over red and yellow to white"></span>
<figcaption>Error: from 0 to <b data-part="error-maximum"></b>. Grey: truth unknown.</figcaption></figure>`;

function captionOf(dataset: string, name: string, ranking: readonly RankedPair[]): string {
  const ranked = ranking.find((pair) => pair.dataset === dataset && pair.name === name);
  return `${dataset} ${name}${ranked ? `: ${rankText(ranked)}` : ""}`;
}
