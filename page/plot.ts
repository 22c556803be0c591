/** Lines over an axis, as SVG that follows the colours of the page. */
/// <reference lib="dom" />
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { drawn, made } from "./dom.ts";

export interface Curve {
  /** Also its class, which has colour and dashes. */
  readonly name: string;
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface PlotOptions {
  /** Of the whole picture, for people who do not see it. */
  readonly title: string;
  readonly xLabel: string;
  readonly xRange: readonly [number, number];
  /** Curves are cut off there. */
  readonly yRange: readonly [number, number];
  /** A place on the x axis to point out. */
  readonly mark?: number;
}

const WIDTH = 440, HEIGHT = 260, LEFT = 46, BOTTOM = 40, TOP = 12, RIGHT = 10;

/** Replaces what is in `root`. */
export function plot(root: HTMLElement, curves: readonly Curve[], options: PlotOptions): void {
  const { title, xLabel, xRange, yRange, mark } = options;
  const x = scaleLinear(xRange, [LEFT, WIDTH - RIGHT]);
  const y = scaleLinear(yRange, [HEIGHT - BOTTOM, TOP]);
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  for (const tick of y.ticks(5)) {
    svg.append(
      drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }),
      drawn("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, y.tickFormat(5)(tick)),
    );
  }
  for (const tick of x.ticks(6)) {
    svg.append(
      drawn("line", { class: "grid", x1: x(tick), x2: x(tick), y1: TOP, y2: HEIGHT - BOTTOM }),
      drawn(
        "text",
        { x: x(tick), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" },
        x.tickFormat(6)(tick),
      ),
    );
  }
  svg.append(
    drawn(
      "text",
      { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" },
      xLabel,
    ),
  );
  if (mark !== undefined) {
    svg.append(
      drawn("line", { class: "mark", x1: x(mark), x2: x(mark), y1: TOP, y2: HEIGHT - BOTTOM }),
    );
  }
  const clip = `inside-${root.dataset.part}`;
  svg.append(
    drawn(
      "clipPath",
      { id: clip },
      drawn("rect", {
        x: LEFT,
        y: TOP,
        width: WIDTH - RIGHT - LEFT,
        height: HEIGHT - BOTTOM - TOP,
      }),
    ),
  );
  const path = line<number>();
  for (const curve of curves) {
    path.x((i) => x(curve.x[i])).y((i) => y(curve.y[i]));
    const d = path(Array.from({ length: curve.x.length }, (_, i) => i)) ?? "";
    svg.append(drawn("path", { class: curve.name, d, "clip-path": `url(#${clip})` }));
  }
  const legend = made("ul", { class: "legend" });
  for (const { name, label } of curves) {
    const sample = drawn(
      "svg",
      { viewBox: "0 0 32 10", "aria-hidden": "true" },
      drawn("path", { class: name, d: "M0 5H32" }),
    );
    legend.append(made("li", {}, sample, label));
  }
  root.classList.add("plot");
  root.replaceChildren(svg, made("div", { class: "note" }, title), legend);
}

/** From 0, or the smallest value below it, to a little more than the largest. */
export function rangeOf(...values: readonly ArrayLike<number>[]): [number, number] {
  let low = 0, high = 0;
  for (const list of values) {
    for (let i = 0; i < list.length; i++) {
      low = Math.min(low, list[i]);
      high = Math.max(high, list[i]);
    }
  }
  const more = 0.05 * (high - low) || 1;
  return [low < 0 ? low - more : 0, high + more];
}
