import { assertEquals, assertNotEquals } from "@std/assert";
import { comparisonPicture } from "../../pipeline/picture/comparison.ts";

const WIDTH = 100, HEIGHT = 60;
const MARGIN = 16, LINE = 38, FACTOR = 4;

/** A truth of (+2, −1); the network misses it by (0, 1) in the right half, direct nowhere. */
function input() {
  const pixels = WIDTH * HEIGHT;
  const flow = Float32Array.from({ length: 2 * pixels }, (_, i) => i % 2 === 0 ? 2 : -1);
  const network = flow.map((value, i) => value + (i % 2 === 1 && (i >> 1) % WIDTH >= 50 ? 1 : 0));
  return {
    title: "scenes, scene_0001",
    width: WIDTH,
    height: HEIGHT,
    frame1: Uint8Array.from({ length: 3 * pixels }, (_, i) => (i / 3 | 0) % WIDTH),
    flow,
    occluded: Uint8Array.from({ length: pixels }, (_, i) => i < 30 * WIDTH ? 1 : 0),
    methods: [{ name: "network", predicted: network }, { name: "direct", predicted: flow }],
    flowMaximum: 4,
    errorMaximum: 2,
  };
}

const sheet = comparisonPicture(input());

/** Colour of a pixel of the scene, in the panel of that column and row. */
function at(column: number, row: number, x: number, y: number, inside = 0): number[] {
  const left = MARGIN + column * (FACTOR * WIDTH + MARGIN) + FACTOR * x + inside;
  const top = MARGIN + 2 * LINE + row * (LINE + FACTOR * HEIGHT + MARGIN) + FACTOR * y + inside;
  const i = 3 * (top * sheet.width + left);
  return [...sheet.data.subarray(i, i + 3)];
}

Deno.test("comparisonPicture() is wide, a column for each method beside scene and truth", () => {
  assertEquals(sheet.width, MARGIN + 4 * (FACTOR * WIDTH + MARGIN));
  assertEquals(sheet.height, MARGIN + LINE + 2 * (LINE + FACTOR * HEIGHT + MARGIN));
});

Deno.test("comparisonPicture() enlarges by a whole factor without blur", () => {
  for (const [x, inside] of [[0, 0], [7, 3], [99, 0], [99, 3]]) {
    assertEquals(at(0, 0, x, 20, inside), [x, x, x]);
  }
});

Deno.test("comparisonPicture() shows occlusion, flows in the truth's colours, and each error below", () => {
  assertEquals([at(0, 1, 50, 29), at(0, 1, 50, 30)], [[255, 255, 255], [0, 0, 0]]);
  assertEquals(at(2, 0, 20, 30), at(1, 0, 20, 30));
  assertNotEquals(at(2, 0, 80, 30), at(1, 0, 80, 30));
  assertEquals(at(3, 0, 80, 30), at(1, 0, 80, 30));
  assertEquals([at(2, 1, 49, 30), at(2, 1, 50, 30)], [[0, 0, 0], [255, 128, 0]]);
  assertEquals(at(3, 1, 80, 30), [0, 0, 0]);
});

Deno.test("comparisonPicture() writes the error of each method, and gives the same bytes twice", () => {
  assertEquals(comparisonPicture(input()).data, sheet.data);
  const worse = input();
  worse.methods[1] = { name: "direct", predicted: new Float32Array(worse.flow.length) };
  const other = comparisonPicture(worse);
  const caption = (data: Uint8Array) =>
    data.slice(3 * sheet.width * (MARGIN + LINE), 3 * sheet.width * (MARGIN + 2 * LINE - 2));
  assertNotEquals(caption(other.data), caption(sheet.data));
});
