import { assert, assertEquals } from "@std/assert";
import { lineChart, roundAxis } from "../../pipeline/report/chart.ts";

Deno.test("roundAxis() spans the values in round numbers, and a single value too", () => {
  assertEquals(roundAxis([0, 3.2], 200, 100).domain(), [0, 3.5]);
  assertEquals(roundAxis([20, 2400], 0, 100).domain(), [0, 2500]);
  assertEquals(roundAxis([0, 3.2], 200, 100)(3.5), 100);
  for (const value of [0, 1, -2.5, 1e-6]) {
    const [low, high] = roundAxis([value, value], 0, 1).domain();
    assert(low <= value && value <= high && low < high, `${low} ${high}`);
  }
});

const chart = {
  title: "Loss of train",
  xLabel: "step",
  yLabel: "loss",
  lines: [
    { name: "total", colour: 1, points: [{ x: 10, y: 4 }, { x: 20, y: 2 }] },
    { name: "photometric", colour: 2, points: [{ x: 10, y: 3.9 }, { x: 20, y: 1.99 }] },
  ],
  levels: [{ name: "zero", colour: 4, y: 2.01 }],
};

/** Places of an element's attributes, as numbers. */
function numbers(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, value]) => Number(value));
}

Deno.test("lineChart() goes down where values do, and says so in words", () => {
  const text = lineChart(chart).toString();
  const [, from, to] = text.match(/class="line c1" d="M[\d.]+,([\d.]+)L[\d.]+,([\d.]+)"/)!;
  assert(Number(to) > Number(from), "larger y is lower in a picture");
  assert(text.includes("total: 4.000 at step 10, 2.000 at 20."));
  assert(text.includes("zero: 2.010 throughout."));
  assert(text.includes("<title>Loss of train</title>"));
});

Deno.test("lineChart() moves names apart that would lie on each other", () => {
  const names = numbers(lineChart(chart).toString(), /class="name[^>]* y="([\d.]+)"/g);
  assertEquals(names.length, 3);
  names.slice(1).forEach((y, i) => assert(y - names[i] >= 14.9, `${names}`));
});

Deno.test("lineChart() starts at 0, so that a change looks as large as it is", () => {
  const points = [{ x: 0, y: 100 }, { x: 1, y: 101 }];
  const text = lineChart({ ...chart, lines: [{ name: "a", colour: 1, points }], levels: [] })
    .toString();
  assert(text.includes('text-anchor="end">0</text>'));
  const [, from, to] = text.match(/class="line c1" d="M[\d.]+,([\d.]+)L[\d.]+,([\d.]+)"/)!;
  assert(Number(from) - Number(to) < 3, "one per cent of the height is a pixel or two");
});
