/**
 * Line charts as SVG, from 0 upwards: one name at the end of each line instead of a legend, colours by class so that the
 * page's style decides about light and dark. Scales, ticks and paths are d3's. The same values give the same text.
 */
// @ts-types="@types/d3-array"
import { extent } from "d3-array";
// @ts-types="@types/d3-scale"
import { scaleLinear } from "d3-scale";
// @ts-types="@types/d3-shape"
import { line as linePath } from "d3-shape";
import { type Markup, markup } from "./markup.ts";
import { readableNumber } from "./number.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Line {
  readonly name: string;
  /** 1 to 5: a colour of the style sheet. */
  readonly colour: number;
  readonly points: readonly Point[];
}

/** One value whatever x is. */
export interface Level {
  readonly name: string;
  readonly colour: number;
  readonly y: number;
}

export interface ChartInput {
  /** For those who cannot see it. */
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
  readonly levels?: readonly Level[];
  /** Dots on the points; for few points. */
  readonly dots?: boolean;
}

const WIDTH = 460;
const HEIGHT = 260;
const TOP = 30;
const LEFT = 46;
const RIGHT = WIDTH - 104;
const BOTTOM = HEIGHT - 40;
const LABEL_GAP = 15;
/** About so many on an axis. */
export const TICKS = 5;

/** An axis in round numbers around the values, from one place of the picture to another. */
export function roundAxis(values: readonly number[], from: number, to: number) {
  const [low, high] = extent(values) as [number, number];
  // A single value has no length of its own.
  const domain = high > low ? [low, high] : [Math.min(0, low), Math.max(0, low) || 1];
  return scaleLinear().domain(domain).nice(TICKS).range([from, to]);
}

export function lineChart(input: ChartInput): Markup {
  const { lines, levels = [] } = input;
  const points = lines.flatMap((line) => line.points);
  const y = roundAxis([0, ...[...points, ...levels].map(({ y }) => y)], BOTTOM, TOP);
  const x = roundAxis(points.map(({ x }) => x), LEFT, RIGHT);
  const yFormat = y.tickFormat(TICKS, "f"), xFormat = x.tickFormat(TICKS, "f");
  const path = linePath<Point>((point) => x(point.x), (point) => y(point.y)).digits(2);
  const ends = [
    ...lines.map(({ name, colour, points }) => ({ name, colour, y: y(points.at(-1)!.y) })),
    ...levels.map((level) => ({ ...level, y: y(level.y) })),
  ];
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"><title>${input.title}</title><desc>${
    describe(input)
  }</desc>
${
    y.ticks(TICKS).map((tick) =>
      markup`<path class="grid" d="M${LEFT} ${round(y(tick))}H${RIGHT}"/><text class="tick" x="${
        LEFT - 7
      }" y="${round(y(tick) + 4)}" text-anchor="end">${yFormat(tick)}</text>`
    )
  }
${
    x.ticks(TICKS).map((tick) =>
      markup`<text class="tick" x="${round(x(tick))}" y="${BOTTOM + 18}" text-anchor="middle">${
        xFormat(tick)
      }</text>`
    )
  }
<text class="axis" x="${
    LEFT - 40
  }" y="13">${input.yLabel}</text><text class="axis" x="${RIGHT}" y="${
    HEIGHT - 5
  }" text-anchor="end">${input.xLabel}</text>
${
    levels.map((level) =>
      markup`<path class="level c${level.colour}" d="M${LEFT} ${round(y(level.y))}H${RIGHT}"/>`
    )
  }
${
    lines.map(({ colour, points }) =>
      markup`<path class="line c${colour}" d="${path(points)!}"/>${
        input.dots && points.map((point) =>
          markup`<circle class="dot c${colour}" cx="${round(x(point.x))}" cy="${
            round(y(point.y))
          }" r="3.5"/>`
        )
      }`
    )
  }
${
    spread(ends).map(({ name, colour, y }) =>
      markup`<text class="name c${colour}" x="${RIGHT + 8}" y="${round(y + 4)}">${name}</text>`
    )
  }
</svg>`;
}

/** Two decimals are enough for a picture, and keep the page small. */
export function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}

/** Moves names apart that would lie on each other, and keeps them within the chart. */
function spread<T extends { y: number }>(labels: readonly T[]): T[] {
  const sorted = labels.map((label) => ({ ...label })).sort((a, b) => a.y - b.y);
  for (let i = 1; i < sorted.length; i++) {
    sorted[i].y = Math.max(sorted[i].y, sorted[i - 1].y + LABEL_GAP);
  }
  let lowest = BOTTOM + 4;
  for (const label of sorted.toReversed()) {
    label.y = Math.min(label.y, lowest);
    lowest = label.y - LABEL_GAP;
  }
  return sorted;
}

function describe({ lines, levels = [], xLabel, yLabel }: ChartInput): string {
  const value = (y: number) => readableNumber(Number(y.toPrecision(4)), decimalsOf(y));
  const sentences = lines.map(({ name, points }) => {
    const first = points[0], last = points.at(-1)!;
    return `${name}: ${value(first.y)} at ${xLabel} ${first.x}, ${value(last.y)} at ${last.x}.`;
  });
  const constants = levels.map(({ name, y }) => `${name}: ${value(y)} throughout.`);
  return [`${yLabel}.`, ...sentences, ...constants].join(" ");
}

function decimalsOf(value: number): number {
  return Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(Math.abs(value) || 1))));
}
