import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cellNamed } from "../../pipeline/smoothness/cells.ts";
import { drawComparison } from "../../pipeline/sweep/figure.ts";
import { panel, type PanelCell, seriesOf, sharedDomain } from "../../pipeline/sweep/panel.ts";
import { compared } from "./_compared.ts";

/** A cell whose error on occluded pixels is so far from L1, in per cent. */
function cell(name: string, low: number, percent: number, high: number, runsBelow = 0): PanelCell {
  const numbers = {
    runs_count: 3,
    epe_occ_against_l1_pct: percent,
    epe_occ_against_l1_low_pct: low,
    epe_occ_against_l1_high_pct: high,
    epe_occ_against_l1_runs_below_count: runsBelow,
  };
  return { cell: cellNamed(name), numbers };
}

const CELLS = [
  cell("none", 60, 70, 80),
  cell("tv", 3, 4, 5),
  cell("unrolled_T0", -2, -1, -0.5, 3),
  cell("unrolled_T7", -2, -1, -0.5, 2),
  cell("unrolled_stop_gradient_T7", -1, 0, 2),
];

function draw(cells: readonly PanelCell[]): string {
  const [all] = seriesOf([cells]);
  const domain = sharedDomain(all);
  return panel(all, "epe_occ_px", { title: "occluded", domain, baseline: 2.5 });
}

const numbersIn = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, value]) => Number(value));

Deno.test("seriesOf() leaves out what has no smoothness, and keeps a series' colour in all experiments", () => {
  const [first, second] = seriesOf([CELLS, [CELLS[1], CELLS[3]]]);
  assertEquals(first.map(({ title, cells }) => [title, cells.length]), [
    ["unrolled", 2],
    ["unrolled, gradient stopped", 1],
    ["TV on the same Sobel operator", 1],
  ]);
  assertEquals(first.map(({ colour }) => colour), [1, 2, 3]);
  assertEquals(second.map(({ colour }) => colour), [1, 3]);
});

Deno.test("sharedDomain() holds the baseline and every interval, and does not zoom into noise", () => {
  const [all] = seriesOf([CELLS]);
  const [low, high] = sharedDomain(all);
  assert(low <= -5 && high >= 5, `${low} ${high}`);
  const [wide] = seriesOf([[...CELLS, cell("l1", 0, 0, 0), cell("charbonnier", 12, 20, 31)]]);
  assert(sharedDomain(wide)[1] >= 31);
});

Deno.test("panel() draws intervals around points, and a dot as hollow where a seed disagrees", () => {
  const text = draw(CELLS);
  const [[, bars]] = [...text.matchAll(/class="bar c1" d="([^"]*)"/g)];
  const ends = [...bars.matchAll(/M[\d.]+ ([\d.]+)V([\d.]+)/g)];
  const dots = numbersIn(text, /<circle[^>]*c1" cx="[\d.]+" cy="([\d.]+)"/g);
  assertEquals([ends.length, dots.length], [2, 2]);
  ends.forEach(([, low, high], i) => assert(Number(low) > dots[i] && Number(high) < dots[i]));
  assertEquals([...text.matchAll(/class="dot( hollow)? c1"/g)].map(([, hollow]) => hollow), [
    undefined,
    " hollow",
  ]);
});

Deno.test("panel() draws a term without T across, above L1 where its error is higher", () => {
  const text = draw(CELLS);
  const [baseline] = numbersIn(text, /class="baseline" d="M[\d.]+ ([\d.]+)H/g);
  const [level] = numbersIn(text, /class="level c3" d="M[\d.]+ ([\d.]+)H/g);
  const [, top, height] = text.match(/class="band c3"[^>]* y="([\d.]+)"[^>]* height="([\d.]+)"/)!;
  assert(level < baseline && Number(top) < level && level < Number(top) + Number(height));
  assert(Number(top) + Number(height) < baseline);
});

Deno.test("panel() puts lines side by side, so that bars at the same T do not hide one another", () => {
  const text = draw(CELLS);
  const [, x7] = numbersIn(text, /<circle[^>]*c1" cx="([\d.]+)"/g);
  const [stopped] = numbersIn(text, /<circle[^>]*c2" cx="([\d.]+)"/g);
  assert(stopped - x7 > 5, `${x7} ${stopped}`);
});

Deno.test("drawComparison() draws a whole SVG: a point a T in every panel that has pixels", () => {
  const svg = drawComparison({ train: compared, direct: [] }, { train: "Network" });
  assertMatch(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assertEquals(svg.match(/<circle/g)!.length, 4); // two T in two panels that have pixels
  assertEquals(svg.match(/class="bar/g)!.length, 2);
  assertStringIncludes(svg, "Network: occluded pixels (L1: 10.00 px)");
  assertStringIncludes(svg, "95 % bootstrap intervals");
  assertEquals(drawComparison({ train: compared, direct: [] }, { train: "Network" }), svg);
  assert(!svg.includes("NaN") && !svg.includes("undefined"));
});
