/**
 * The figure "error against T" as an SVG file: a row for each experiment, a panel for each kind of pixels, and what the
 * marks mean. Panels are panel.ts, which the report's page shows too.
 */
import {
  legendOf,
  PANEL,
  panel,
  PANELS,
  REFERENCE_TITLE,
  type Series,
  seriesOf,
  sharedDomain,
} from "./panel.ts";
import { type Comparison, numbersOf } from "./record.ts";

const COLOURS = ["#1f5fbf", "#7b3fa0", "#2e7d32", "#8d6e00", "#00838f"];
const BASELINE = "#b3261e";
const LEGEND = 46;

/** In a file of its own; the page has the same classes in its style sheet. */
const STYLE = [
  `.grid{stroke:#ddd}.baseline{stroke:${BASELINE};stroke-width:1.6}`,
  ".line,.bar,.level{fill:none;stroke-width:2}.bar{stroke-width:1.4}",
  ".level{stroke-width:1.6;stroke-dasharray:6 4}.band{fill-opacity:.1}",
  ".heading{font-weight:bold}.dot{stroke-width:1.6}.tick,.axis,.note{fill:#555}",
  ...COLOURS.map((colour, i) =>
    `.c${i + 1}:is(.line,.bar,.level,.dot){stroke:${colour}}.c${
      i + 1
    }:is(.dot,.band){fill:${colour}}`
  ),
  ".dot.hollow{fill:#fff}",
].join("");

const MARKS_NOTE =
  "Bars and bands: 95 % bootstrap intervals over pairs. Filled dot: a difference is shown; hollow: none is. " +
  "One axis for all panels of a row.";

/** A whole SVG file; same numbers, same bytes. @param titles of the experiments, a word or two */
export function drawComparison(
  comparison: Comparison,
  titles: Readonly<Record<string, string>>,
): string {
  const experiments = Object.entries(comparison).filter(([, compared]) => compared.length > 0)
    .map(([name, compared]) => ({
      title: titles[name] ?? name,
      cells: compared.map((own) => ({ cell: own.cell, numbers: numbersOf(own) })),
    }));
  const allSeries = seriesOf(experiments.map(({ cells }) => cells));
  const width = PANELS.length * PANEL.width, height = LEGEND + experiments.length * PANEL.height;
  const panels = experiments.flatMap(({ title, cells }, row) => {
    const domain = sharedDomain(allSeries[row]);
    const baseline = cells.find(({ cell }) => cell.name === "l1")?.numbers;
    return PANELS.map(([score, pixels], column) =>
      `<g transform="translate(${column * PANEL.width} ${LEGEND + row * PANEL.height})">` +
      panel(allSeries[row], score, {
        title: `${title}: ${pixels}`,
        domain,
        baseline: baseline?.[score],
      }) + "</g>"
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" font-family="sans-serif" font-size="11" fill="#222">\n` +
    `<title>End-point error against the unroll iterations T, beside the L1 baseline</title>\n` +
    `<style>${STYLE}</style>\n` +
    `<rect width="${width}" height="${height}" fill="#fff"/>\n${legend(legendOf(allSeries))}\n` +
    `<text class="note" x="8" y="36">${MARKS_NOTE}</text>\n${panels.join("\n")}\n</svg>\n`;
}

function legend(all: readonly Series[]): string {
  let x = 8;
  const entries = [
    { title: REFERENCE_TITLE, mark: "baseline" },
    ...all.map(({ title, colour, across }) => ({
      title,
      mark: `${across ? "level" : "line"} c${colour}`,
    })),
  ];
  return entries.map(({ title, mark }) => {
    const entry = `<path class="${mark}" d="M${x} 14H${x + 26}"/>` +
      `<text x="${x + 32}" y="18">${title}</text>`;
    // Text has no width before it is drawn; 6 px a letter is enough in any sans-serif font of this size.
    x += 56 + 6 * title.length;
    return entry;
  }).join("");
}
