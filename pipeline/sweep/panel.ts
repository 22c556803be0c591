/**
 * One panel of "error against T" as SVG: how far each cell is from the L1 baseline, in per cent, with the 95 % interval of
 * that difference. L1 is the line at 0, so that the axis has the baseline in it, and the panels of an experiment share their
 * axis: a difference that is noise looks as small as it is. A dot is filled where a difference is shown and hollow where none is.
 * Colours are classes, for the style of the page or of the file around it.
 */
// @ts-types="@types/d3-array"
import { extent } from "d3-array";
// @ts-types="@types/d3-scale"
import { scaleLinear, scalePoint } from "d3-scale";
// @ts-types="@types/d3-shape"
import { line } from "d3-shape";
import type { Cell, RunDifference, ScoreName } from "./compare.ts";
import { differenceIn } from "./record.ts";
import { verdict } from "./verdict.ts";

/** A cell and its numbers by the keys of metrics.json. */
export interface PanelCell {
  readonly cell: Cell;
  readonly numbers: Readonly<Record<string, number>>;
}

/** What is drawn in one colour: the unrolled cost over T, or a term without T across the panel. */
export interface Series {
  readonly title: string;
  /** 1 to 5: a colour of the style. */
  readonly colour: number;
  readonly across: boolean;
  readonly cells: readonly PanelCell[];
}

/** The scores that have a panel, and what their pixels are called. */
export const PANELS: readonly (readonly [ScoreName, string])[] = [
  ["epe_px", "all pixels"],
  ["epe_occ_px", "occluded pixels"],
  ["epe_boundary_px", "near boundaries"],
];
export const PANEL = { width: 300, height: 230 };
export const REFERENCE_TITLE = "L1 (baseline)";
const LEFT = 44, RIGHT = PANEL.width - 10, TOP = 34, BOTTOM = PANEL.height - 42;
const TICKS = 5;
/** The axis reaches at least so far from the baseline to both sides, in per cent. */
const LEAST_REACH = 5;
/** Distance of the lines over T, so that bars at the same T stand side by side. */
const ASIDE = 7;

/**
 * The series of each experiment: all cells that are compared with L1, apart from no smoothness at all, which is too far
 * off to share an axis. A series has the same colour in all experiments.
 */
export function seriesOf(experiments: readonly (readonly PanelCell[])[]): Series[][] {
  const colours = new Map<string, number>();
  const grouped = experiments.map((cells) => {
    const drawn = cells.filter(({ cell, numbers }) =>
      cell.smoothness !== "none" && PANELS.some(([score]) => differenceIn(numbers, score, "l1"))
    );
    const overT = [false, true].map((stopGradient) => ({
      title: stopGradient ? "unrolled, gradient stopped" : "unrolled",
      across: false,
      cells: drawn.filter(({ cell }) =>
        cell.unrollIterations !== undefined && cell.stopGradient === stopGradient
      ),
    }));
    const across = drawn.filter(({ cell }) => cell.unrollIterations === undefined)
      .map((own) => ({ title: own.cell.label, across: true, cells: [own] }));
    return [...overT.filter(({ cells }) => cells.length > 0), ...across];
  });
  for (const { title } of grouped.flat()) {
    if (!colours.has(title)) colours.set(title, 1 + colours.size % 5);
  }
  return grouped.map((all) =>
    all.map((series) => ({ ...series, colour: colours.get(series.title)! }))
  );
}

/** Each series once, as a legend of all experiments lists them. */
export function legendOf(experiments: readonly (readonly Series[])[]): Series[] {
  const byTitle = new Map(experiments.flat().toReversed().map((own) => [own.title, own]));
  return [...byTitle.values()].sort((a, b) => a.colour - b.colour);
}

/** One axis for all panels of an experiment: every interval of every series, and the baseline in it. */
export function sharedDomain(all: readonly Series[]): [low: number, high: number] {
  const ends = all.flatMap(({ cells }) => cells).flatMap(({ numbers }) =>
    PANELS.flatMap(([score]) => {
      const found = differenceIn(numbers, score, "l1");
      return found ? [found.low, found.high] : [];
    })
  );
  const [low, high] = extent([-LEAST_REACH, LEAST_REACH, ...ends]) as [number, number];
  return scaleLinear().domain([low, high]).nice(TICKS).domain() as [number, number];
}

/**
 * @param baseline the error of L1 on these pixels, in px
 * @returns what belongs inside an svg element of PANEL's size
 */
export function panel(
  all: readonly Series[],
  score: ScoreName,
  { title, domain, baseline }: {
    title: string;
    domain: readonly [number, number];
    baseline: number | undefined;
  },
): string {
  const steps = all.flatMap(({ cells }) => cells.map(({ cell }) => cell.unrollIterations))
    .filter((T) => T !== undefined).sort((a, b) => a - b);
  const x = scalePoint<number>().domain(steps).range([LEFT, RIGHT]).padding(0.5);
  const y = scaleLinear().domain(domain).range([BOTTOM, TOP]);
  const format = y.tickFormat(TICKS, "+f");
  const grid = y.ticks(TICKS).map((tick) =>
    `<path class="${tick === 0 ? "baseline" : "grid"}" d="M${LEFT} ${round(y(tick))}H${RIGHT}"/>` +
    `<text class="tick" x="${LEFT - 6}" y="${round(y(tick) + 4)}" text-anchor="end">` +
    `${tick === 0 ? "L1" : format(tick)}</text>`
  );
  const places = x.domain().map((T) =>
    `<text class="tick" x="${round(x(T)!)}" y="${BOTTOM + 17}" text-anchor="middle">${T}</text>`
  );
  const drawn = all.filter(({ across }) => across).map((series) => drawAcross(series, score, y));
  const lines = all.filter(({ across }) => !across);
  lines.forEach((series, i) => {
    const aside = ASIDE * (i - (lines.length - 1) / 2);
    drawn.push(drawOverT(series, score, (T) => x(T)! + aside, y));
  });
  const level = baseline === undefined ? "" : ` (L1: ${baseline.toFixed(2)} px)`;
  return `<text class="heading" x="4" y="14">${title}${level}</text>` +
    grid.join("") + places.join("") +
    `<text class="axis" x="${RIGHT}" y="${PANEL.height - 6}" text-anchor="end">` +
    `T, unroll iterations</text>` +
    `<text class="axis" x="4" y="${PANEL.height - 6}">difference to L1, %</text>` +
    drawn.join("");
}

type Scale = (value: number) => number;

/** A dashed line across the panel, in a band that is its interval. */
function drawAcross({ cells: [{ numbers }], colour }: Series, score: ScoreName, y: Scale): string {
  const found = differenceIn(numbers, score, "l1");
  if (!found) return "";
  const top = round(y(found.high)), height = round(y(found.low) - y(found.high));
  return `<rect class="band c${colour}" x="${LEFT}" y="${top}" width="${RIGHT - LEFT}" ` +
    `height="${height}"/>` +
    `<path class="level c${colour}" d="M${LEFT} ${round(y(found.percent))}H${RIGHT}"/>`;
}

function drawOverT({ cells, colour }: Series, score: ScoreName, x: Scale, y: Scale): string {
  const points = cells.flatMap(({ cell, numbers }) => {
    const found = differenceIn(numbers, score, "l1");
    return found ? [{ ...found, x: x(cell.unrollIterations!), runs: numbers.runs_count }] : [];
  });
  if (points.length === 0) return "";
  const path = line<RunDifference & { x: number }>((point) => point.x, (point) => y(point.percent))
    .digits(2);
  const bars = points.map((point) =>
    `M${round(point.x)} ${round(y(point.low))}V${round(y(point.high))}`
  );
  const dots = points.map((point) => {
    const shown = verdict(point, point.runs) !== "no difference shown";
    return `<circle class="dot${shown ? "" : " hollow"} c${colour}" cx="${round(point.x)}" ` +
      `cy="${round(y(point.percent))}" r="3.5"/>`;
  });
  return `<path class="line c${colour}" d="${path(points)}"/>` +
    `<path class="bar c${colour}" d="${bars.join("")}"/>${dots.join("")}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
