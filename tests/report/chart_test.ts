import { assert, assertEquals } from "@std/assert";
import { lineChart, ticks } from "../../pipeline/report/chart.ts";

Deno.test("ticks() are round and span the values", () => {
  assertEquals(ticks(0, 3.2, 5), [0, 1, 2, 3, 4]);
  assertEquals(ticks(0.031, 0.29, 5), [0, 0.1, 0.2, 0.3]);
  assertEquals(ticks(20, 2400, 5), [0, 500, 1000, 1500, 2000, 2500]);
  assertEquals(ticks(-0.3, 0.3, 4), [-0.4, -0.2, 0, 0.2, 0.4]);
  for (const value of [0, 1, -2.5, 1e-6]) {
    const marks = ticks(value, value, 5);
    assert(marks.length >= 2 && marks[0] <= value && value <= marks.at(-1)!, String(marks));
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
  const [, from, to] = text.match(/class="line c1" d="M[\d.]+ ([\d.]+)L[\d.]+ ([\d.]+)"/)!;
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

Deno.test("lineChart() gives steps of x even distances, and bars their range", () => {
  const points = [0, 1, 7].map((x) => ({ x, y: x, range: [x - 1, x + 1] as const }));
  const text = lineChart({
    ...chart,
    lines: [{ name: "unrolled", colour: 1, points }],
    levels: [],
    xSteps: [0, 1, 7],
    dots: true,
  }).toString();
  const [a, b, c] = numbers(text, /<circle[^>]* cx="([\d.]+)"/g);
  assert(Math.abs((c - b) - (b - a)) < 0.02);
  const bars = [
    ...text.match(/class="bar c1" d="([^"]*)"/)![1].matchAll(/M[\d.]+ ([\d.]+)V([\d.]+)/g),
  ];
  const dots = numbers(text, /<circle[^>]* cy="([\d.]+)"/g);
  bars.forEach(([, low, high], i) => assert(Number(low) > dots[i] && Number(high) < dots[i]));
  assertEquals(bars.length, 3);
});
