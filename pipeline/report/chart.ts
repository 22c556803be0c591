/**
 * Line charts as SVG: axes from round numbers, one name at the end of each line instead of a legend,
 * colours by class so that the page's style decides about light and dark. The same values give the
 * same text.
 */
import { type Markup, markup } from "./markup.ts";
import { readableNumber } from "./number.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of a bar around the point. */
  readonly range?: readonly [low: number, high: number];
}

/** A line of points, or a level: one value whatever x is. */
export interface Line {
  readonly name: string;
  /** 1 to 5: a colour of the style sheet. */
  readonly colour: number;
  readonly points: readonly Point[];
}

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
  /** Values of x at even distances, whatever they are; else x is a length. */
  readonly xSteps?: readonly number[];
  /** Whether y starts at 0; else at the smallest value. */
  readonly fromZero?: boolean;
  /** For three side by side. */
  readonly narrow?: boolean;
}

const WIDTH = 460;
const NARROW_WIDTH = 350;
const HEIGHT = 260;
const TOP = 30;
const LEFT = 46;
const NAMES_WIDTH = 104;
const BOTTOM = HEIGHT - 40;
const LABEL_GAP = 15;

/** Round numbers that span the values, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = [1, 2, 5, 10].map((factor) => factor * power)
    .find((candidate) => span / candidate <= count)!;
  const first = Math.floor(low / step + 1e-9), last = Math.ceil(high / step - 1e-9);
  const length = Math.max(last, first + 1) - first + 1;
  return Array.from({ length }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

export function lineChart(input: ChartInput): Markup {
  const { lines, levels = [], xSteps } = input;
  const width = input.narrow ? NARROW_WIDTH : WIDTH, right = width - NAMES_WIDTH;
  const points = lines.flatMap((line) => line.points);
  const heights = [
    ...points.flatMap(({ y, range }) => [y, ...range ?? []]),
    ...levels.map(({ y }) => y),
    ...input.fromZero ? [0] : [],
  ];
  const yTicks = ticks(Math.min(...heights), Math.max(...heights), 5);
  const xTicks = xSteps ?? ticks(Math.min(...points.map(({ x }) => x)), maximumX(points), 5);
  const atX = (x: number) =>
    xSteps
      ? LEFT + (right - LEFT) * (xSteps.indexOf(x) + 0.5) / xSteps.length
      : between(LEFT, right, (x - xTicks[0]) / (xTicks.at(-1)! - xTicks[0]));
  const atY = (y: number) => between(BOTTOM, TOP, (y - yTicks[0]) / (yTicks.at(-1)! - yTicks[0]));
  const ends = [
    ...lines.map(({ name, colour, points }) => ({ name, colour, y: atY(points.at(-1)!.y) })),
    ...levels.map(({ name, colour, y }) => ({ name, colour, y: atY(y) })),
  ];
  return markup`<svg class="chart" viewBox="0 0 ${width} ${HEIGHT}" role="img"><title>${input.title}</title><desc>${
    describe(input)
  }</desc>
${yTicks.map((y) => horizontalTick(y, atY(y), right))}
${
    xTicks.map((x) =>
      markup`<text class="tick" x="${round(atX(x))}" y="${
        BOTTOM + 18
      }" text-anchor="middle">${x}</text>`
    )
  }
<text class="axis" x="${
    LEFT - 40
  }" y="13">${input.yLabel}</text><text class="axis" x="${right}" y="${
    HEIGHT - 5
  }" text-anchor="end">${input.xLabel}</text>
${
    levels.map(({ y, colour }) =>
      markup`<path class="level c${colour}" d="M${LEFT} ${round(atY(y))}H${right}"/>`
    )
  }
${lines.map((line) => drawLine(line, atX, atY, input.dots ?? false))}
${
    spread(ends).map(({ name, colour, y }) =>
      markup`<text class="name c${colour}" x="${right + 8}" y="${round(y + 4)}">${name}</text>`
    )
  }
</svg>`;
}

/** 0 to 5 decimals would do; two are enough for a picture, and keep the page small. */
function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}

function between(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

/** Of many points the last one need not be on a round number. */
function maximumX(points: readonly Point[]): number {
  return Math.max(...points.map(({ x }) => x));
}

function horizontalTick(value: number, y: number, right: number): Markup {
  return markup`<path class="grid" d="M${LEFT} ${round(y)}H${right}"/><text class="tick" x="${
    LEFT - 7
  }" y="${round(y + 4)}" text-anchor="end">${
    String(value)
      .replace("-", "−")
  }</text>`;
}

function drawLine(
  { points, colour }: Line,
  atX: (x: number) => number,
  atY: (y: number) => number,
  dots: boolean,
): Markup {
  const places = points.map(({ x, y }) => `${round(atX(x))} ${round(atY(y))}`);
  const bars = points.flatMap(({ x, range }) =>
    range ? [`M${round(atX(x))} ${round(atY(range[0]))}V${round(atY(range[1]))}`] : []
  );
  return markup`<path class="line c${colour}" d="M${places.join("L")}"/>${
    bars.length > 0 && markup`<path class="bar c${colour}" d="${bars.join("")}"/>`
  }${
    dots && points.map(({ x, y }) =>
      markup`<circle class="dot c${colour}" cx="${round(atX(x))}" cy="${round(atY(y))}" r="3.5"/>`
    )
  }`;
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
