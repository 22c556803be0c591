import { assertEquals } from "@std/assert";
import { type Region, regionMembership, REGIONS } from "../../../pipeline/score/metrics/regions.ts";
import type { Truth } from "../../../pipeline/score/metrics/regions.ts";
import { drawTruth } from "./_ascii.ts";

/** The pixels of a region as the scenes are drawn: # inside, . outside. */
function show(truth: Truth, region: Region): string[] {
  const bit = 1 << REGIONS.indexOf(region);
  const cells = [...regionMembership(truth)].map((bits) => bits & bit ? "#" : ".");
  return Array.from(
    { length: truth.height },
    (_, y) => cells.slice(y * truth.width, (y + 1) * truth.width).join(""),
  );
}

Deno.test("boundary and interior", async (t) => {
  const moving = { flow: [2, -1] } as const;

  await t.step("reach 5 px from both pixels of a jump, along a row", () => {
    const truth = drawTruth(["........oooooooo"], { ".": { flow: [0, 0] }, o: moving });
    assertEquals(show(truth, "boundary"), ["..############.."]);
    assertEquals(show(truth, "interior"), ["##............##"]);
  });
  await t.step("reach 5 px along a column", () => {
    const rows = [..."........oooooooo"];
    const truth = drawTruth(rows, { ".": { flow: [0, 0] }, o: moving });
    assertEquals(show(truth, "boundary").join(""), "..############..");
  });
  await t.step("are round: distance is Euclidean", () => {
    const rows = Array.from({ length: 13 }, (_, y) => y === 6 ? "......o......" : ".............");
    // The jump is a plus of five pixels: the moving one and its neighbours.
    const truth = drawTruth(rows, { ".": { flow: [0, 0] }, o: moving });
    assertEquals(show(truth, "boundary"), [
      "......#......",
      "...#######...",
      "..#########..",
      ".###########.",
      ".###########.",
      ".###########.",
      "#############",
      ".###########.",
      ".###########.",
      ".###########.",
      "..#########..",
      "...#######...",
      "......#......",
    ]);
  });
  await t.step("need a jump of more than 1 px in length", () => {
    const jump = (u: number, v: number) =>
      show(drawTruth(["..oo"], { ".": { flow: [0, 0] }, o: { flow: [u, v] } }), "boundary")[0];
    assertEquals(jump(1, 0), "....");
    assertEquals(jump(0, -1), "....");
    assertEquals(jump(0.8, -0.8), "####");
    assertEquals(jump(0, 1.01), "####");
  });
  await t.step("see no jump to a pixel of unknown flow, and leave it out", () => {
    const legend = { ".": { flow: [0, 0] }, "?": { flow: [50, 50], unknown: true } } as const;
    const truth = drawTruth([".?.."], legend);
    assertEquals(show(truth, "boundary"), ["...."]);
    assertEquals(show(truth, "interior"), ["#.##"]);
    assertEquals(show(truth, "all"), ["#.##"]);
  });
  await t.step("cover a picture at rest by interior alone", () => {
    assertEquals(show(drawTruth(["..."], { ".": { flow: [0, 0] } }), "interior"), ["###"]);
  });
});

Deno.test("noc, occ and the distance to an occlusion boundary", async (t) => {
  const legend = { ".": { occluded: false }, x: { occluded: true } };

  await t.step("follow the mask", () => {
    const truth = drawTruth(["..xx", ".xx."], legend);
    assertEquals(show(truth, "occ"), ["..##", ".##."]);
    assertEquals(show(truth, "noc"), ["##..", "#..#"]);
  });
  await t.step("are empty when the pair does not know them", () => {
    const truth = drawTruth(["...."], { ".": {} });
    for (const region of ["occ", "noc", "d0_10", "d10_60", "d60_140", "bg", "fg"] as const) {
      assertEquals(show(truth, region), ["...."]);
    }
  });
  await t.step("bands hold their lower end: 0 to 9, 10 to 59, 60 to 139 px", () => {
    // Pixels 0 to 4 are occluded; pixel 5 + d lies d px from the boundary.
    const truth = drawTruth(["x".repeat(5) + ".".repeat(160)], legend);
    const count = (region: Region) => show(truth, region)[0].replaceAll(".", "").length;
    const first = (region: Region) => show(truth, region)[0].indexOf("#");
    assertEquals([first("d0_10"), count("d0_10")], [0, 5 + 10]);
    assertEquals([first("d10_60"), count("d10_60")], [15, 50]);
    assertEquals([first("d60_140"), count("d60_140")], [65, 80]);
  });
  await t.step("a picture without occlusion has noc only and no boundary", () => {
    const truth = drawTruth(["..."], legend);
    assertEquals(show(truth, "noc"), ["###"]);
    assertEquals(show(truth, "d0_10"), ["..."]);
  });
});

Deno.test("speed bins hold their lower end and use the length of the true flow", () => {
  const truth = drawTruth(["abcdef"], {
    a: { flow: [0, 0] },
    b: { flow: [9.99, 0] },
    c: { flow: [-6, 8] },
    d: { flow: [0, -39.9] },
    e: { flow: [24, -32] },
    f: { flow: [0, 300] },
  });
  assertEquals(show(truth, "s0_10"), ["##...."]);
  assertEquals(show(truth, "s10_40"), ["..##.."]);
  assertEquals(show(truth, "s40_plus"), ["....##"]);
});

Deno.test("bg and fg follow the map of moving objects", () => {
  const truth = drawTruth(["..oo?"], {
    ".": { foreground: false },
    o: { foreground: true },
    "?": { foreground: true, unknown: true },
  });
  assertEquals(show(truth, "fg"), ["..##."]);
  assertEquals(show(truth, "bg"), ["##..."]);
});
