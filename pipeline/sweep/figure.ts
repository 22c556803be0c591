/**
 * The figure "error against T" as SVG: a row for each experiment, a panel for each kind of pixels. The unrolled cost is a
 * line with its spread over seeds, smoothness without T a dashed level across the panel.
 */
import type { ComparedCell, ScoreName } from "./compare.ts";
import type { Comparison } from "./record.ts";

const PANELS: readonly (readonly [ScoreName, string])[] = [
  ["epe_px", "all pixels"],
  ["epe_occ_px", "occluded pixels"],
  ["epe_boundary_px", "near motion boundaries"],
];
const LEVELS: Record<string, { name: string; colour: string }> = {
  l1: { name: "L1 (baseline)", colour: "#b3261e" },
  tv: { name: "TV, same operator", colour: "#2e7d32" },
  charbonnier: { name: "Charbonnier", colour: "#8d6e00" },
};
const LINES = [
  { name: "unrolled", stopGradient: false, colour: "#1f5fbf" },
  { name: "unrolled, gradient stopped", stopGradient: true, colour: "#7b3fa0" },
];
const WIDTH = 300, HEIGHT = 220;
const MARGIN = { left: 56, right: 14, top: 34, bottom: 44 };
const LEGEND = 34;

/** A whole SVG file; same numbers, same bytes. @param titles of the experiments, a word or two */
export function drawComparison(
  comparison: Comparison,
  titles: Readonly<Record<string, string>>,
): string {
  const experiments = Object.entries(comparison).filter(([, cells]) => cells.length > 0);
  const width = PANELS.length * WIDTH, height = LEGEND + experiments.length * HEIGHT;
  const panels = experiments.flatMap(([name, cells], row) =>
    PANELS.map(([score, pixels], column) =>
      `<g transform="translate(${column * WIDTH} ${LEGEND + row * HEIGHT})">` +
      panel(cells, score, `${titles[name] ?? name}: ${pixels}`) + "</g>"
    )
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" font-family="sans-serif" font-size="11" fill="#222">\n` +
    `<title>End-point error against the unroll iterations T</title>\n` +
    `<rect width="${width}" height="${height}" fill="#fff"/>\n${legend(experiments.flat(2))}\n` +
    `${panels.join("\n")}\n</svg>\n`;
}

function legend(content: readonly (string | ComparedCell)[]): string {
  const cells = content.filter((item) => typeof item !== "string");
  const lines = LINES.filter(({ stopGradient }) =>
    cells.some(({ cell }) => cell.smoothness === "unrolled" && cell.stopGradient === stopGradient)
  ).map(({ name, colour }) => ({ name, colour, dashes: "" }));
  const levels = Object.entries(LEVELS)
    .filter(([key]) => cells.some(({ cell }) => cell.name === key))
    .map(([, { name, colour }]) => ({ name, colour, dashes: ` stroke-dasharray="6 4"` }));
  let x = MARGIN.left;
  return [...lines, ...levels].map(({ name, colour, dashes }) => {
    const item = `<line x1="${x}" y1="18" x2="${x + 26}" y2="18" stroke="${colour}" ` +
      `stroke-width="2"${dashes}/><text x="${x + 32}" y="22">${name}</text>`;
    x += 60 + 6.2 * name.length;
    return item;
  }).join("");
}

function panel(cells: readonly ComparedCell[], score: ScoreName, title: string): string {
  const unrolled = cells.filter(({ cell, scores }) =>
    cell.smoothness === "unrolled" && scores[score]
  );
  const levels = Object.entries(LEVELS).flatMap(([key, style]) => {
    const level = cells.find(({ cell }) => cell.name === key)?.scores[score];
    return level ? [{ ...style, value: level.mean }] : [];
  });
  const steps = [...new Set(unrolled.map(({ cell }) => cell.unrollIterations!))]
    .sort((a, b) => a - b);
  const ends = unrolled.flatMap(({ scores }) => {
    const { mean, deviation = 0 } = scores[score]!;
    return [mean - deviation, mean + deviation];
  });
  const values = [...ends, ...levels.map(({ value }) => value)];
  const heading = `<text x="${MARGIN.left}" y="22" font-weight="bold">${title}</text>`;
  if (values.length === 0) return heading;
  const { ticks, y } = verticalAxis(values);
  const right = WIDTH - MARGIN.right, bottom = HEIGHT - MARGIN.bottom;
  const x = (T: number) =>
    MARGIN.left + (right - MARGIN.left) * (steps.indexOf(T) + 0.5) / steps.length;
  const grid = ticks.map((tick) =>
    `<line x1="${MARGIN.left}" y1="${y(tick)}" x2="${right}" y2="${y(tick)}" stroke="#ddd"/>` +
    `<text x="${MARGIN.left - 6}" y="${y(tick) + 4}" text-anchor="end">${label(tick)}</text>`
  );
  const columns = steps.map((T) =>
    `<text x="${round(x(T))}" y="${bottom + 16}" text-anchor="middle">${T}</text>`
  );
  const across = levels.map(({ value, colour }) =>
    `<line x1="${MARGIN.left}" y1="${y(value)}" x2="${right}" y2="${
      y(value)
    }" stroke="${colour}" ` +
    `stroke-width="1.6" stroke-dasharray="6 4"/>`
  );
  const curves = LINES.map(({ stopGradient, colour }) => {
    const own = unrolled.filter(({ cell }) => cell.stopGradient === stopGradient);
    const points = own.map(({ cell, scores }) => {
      const { mean, deviation } = scores[score]!;
      const px = round(x(cell.unrollIterations!));
      const bar = deviation === undefined ? "" : `<line x1="${px}" y1="${y(mean - deviation)}" ` +
        `x2="${px}" y2="${y(mean + deviation)}" stroke="${colour}"/>`;
      return {
        at: `${px},${y(mean)}`,
        mark: `${bar}<circle cx="${px}" cy="${y(mean)}" r="3.4" fill="${colour}"/>`,
      };
    });
    return `<polyline points="${points.map(({ at }) => at).join(" ")}" fill="none" ` +
      `stroke="${colour}" stroke-width="2"/>${points.map(({ mark }) => mark).join("")}`;
  });
  return heading + grid.join("") + columns.join("") +
    `<text x="${(MARGIN.left + right) / 2}" y="${
      bottom + 34
    }" text-anchor="middle">T, unroll iterations</text>` +
    `<text transform="translate(14 ${
      (MARGIN.top + bottom) / 2
    }) rotate(-90)" text-anchor="middle">EPE, px</text>` +
    across.join("") + curves.join("");
}

/** Round ticks around the values, and the place of a value; the axis does not start at 0, so its labels matter. */
function verticalAxis(values: readonly number[]) {
  const low = Math.min(...values), high = Math.max(...values);
  const span = Math.max(high - low, 0.02 * high, 1e-3);
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= 5)!;
  const first = Math.floor(low / step - 0.2), last = Math.ceil(high / step + 0.2);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const bottom = HEIGHT - MARGIN.bottom;
  const y = (value: number) =>
    round(bottom - (bottom - MARGIN.top) * (value / step - first) / (last - first));
  return { ticks, y };
}

function label(tick: number): string {
  return String(Number(tick.toPrecision(4)));
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
