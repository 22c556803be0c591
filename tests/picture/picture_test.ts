import { assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import { contactSheet, readable } from "../../pipeline/picture/picture.ts";
import type { Picture } from "../../pipeline/picture/sheet.ts";

const SIZE = 64;
const MARGIN = 12, LINE = 24;

/** A truth of (+2, −1), in whose right half the flow is unknown; the lower half is occluded. */
function input() {
  const pixels = SIZE * SIZE;
  const flow = Float32Array.from({ length: 2 * pixels }, (_, i) => i % 2 === 0 ? 2 : -1);
  return {
    title: "scenes scene_0001",
    width: SIZE,
    height: SIZE,
    frame1: new Uint8Array(3 * pixels).fill(40),
    flow,
    predicted: new Float32Array(2 * pixels),
    valid: Uint8Array.from({ length: pixels }, (_, i) => i % SIZE < SIZE / 2 ? 1 : 0),
    occluded: Uint8Array.from({ length: pixels }, (_, i) => i >= pixels / 2 ? 1 : 0),
  };
}

/** Colour at a share of a panel's sides; panels are counted row by row, three in a row. */
function inPanel(sheet: Picture, panel: number, x: number, y: number): number[] {
  const cell = (sheet.width - MARGIN) / 3 - MARGIN;
  const left = MARGIN + (panel % 3) * (cell + MARGIN);
  const top = MARGIN + LINE + Math.floor(panel / 3) * (LINE + SIZE + MARGIN) + LINE;
  const at = 3 * ((top + Math.floor(y * SIZE)) * sheet.width + left + Math.floor(x * SIZE));
  return [...sheet.data.subarray(at, at + 3)];
}

Deno.test("contactSheet()", async (t) => {
  const options = { flowMaximum: 4, errorMaximum: 2 * Math.sqrt(5), panelWidth: SIZE };
  const sheet = contactSheet(input(), options);

  await t.step("has two rows of three panels", () => {
    assertEquals(sheet.height, MARGIN + LINE + 2 * (LINE + SIZE + MARGIN));
    assertEquals(sheet.data.length, 3 * sheet.width * sheet.height);
  });
  await t.step("shows frame, truth (unknown black) and prediction", () => {
    assertEquals(inPanel(sheet, 0, 0.5, 0.5), [40, 40, 40]);
    assertNotEquals(inPanel(sheet, 1, 0.2, 0.5), [255, 255, 255]);
    assertEquals(inPanel(sheet, 1, 0.8, 0.5), [0, 0, 0]);
    assertEquals(inPanel(sheet, 2, 0.5, 0.5), [255, 255, 255]);
  });
  await t.step("shows half the maximal error as red and half yellow, unknown as grey", () => {
    assertEquals(inPanel(sheet, 3, 0.2, 0.5), [255, 128, 0]);
    assertEquals(inPanel(sheet, 3, 0.8, 0.5), [96, 96, 96]);
  });
  await t.step("shows occlusion white, visible black, unknown grey", () => {
    assertEquals(inPanel(sheet, 4, 0.2, 0.2), [0, 0, 0]);
    assertEquals(inPanel(sheet, 4, 0.2, 0.8), [255, 255, 255]);
    assertEquals(inPanel(sheet, 4, 0.8, 0.8), [96, 96, 96]);
  });
  await t.step(
    "shows the wheel: white in the middle, red to the right, paper in the corners",
    () => {
      const [red, green, blue] = inPanel(sheet, 5, 0.95, 0.5);
      assertEquals(red, 255);
      assertGreater(60, Math.max(green, blue));
      assertGreater(Math.min(...inPanel(sheet, 5, 0.5, 0.5)), 240);
      assertEquals(inPanel(sheet, 5, 0.01, 0.01), [255, 255, 255]);
    },
  );
  await t.step("prints the maxima, so that other maxima give another picture", () => {
    const still = { ...input(), flow: new Float32Array(2 * SIZE * SIZE) };
    const a = contactSheet(still, { ...options, flowMaximum: 4 });
    const b = contactSheet(still, { ...options, flowMaximum: 5 });
    assertNotEquals([a.width, a.data], [b.width, b.data]);
  });
  await t.step("leaves out what is not known", () => {
    const { title, width, height, frame1, predicted } = input();
    const plain = contactSheet({ title, width, height, frame1, predicted }, options);
    assertEquals(plain.height, MARGIN + LINE + LINE + SIZE + MARGIN);
  });
  await t.step("makes large pictures small", () => {
    const small = contactSheet(input(), { ...options, panelWidth: 32 });
    assertEquals(small.height, MARGIN + LINE + 2 * (LINE + 32 + MARGIN));
  });
  await t.step("enlarges small pictures by a whole factor", () => {
    const large = contactSheet(input(), { ...options, panelWidth: 3 * SIZE - 1 });
    assertEquals(large.height, MARGIN + LINE + 2 * (LINE + 2 * SIZE + MARGIN));
  });
  await t.step("gives the same bytes twice", () => {
    assertEquals(contactSheet(input(), options).data, sheet.data);
  });
});

Deno.test("readable() shows three digits", () => {
  assertEquals([readable(9.98234), readable(80), readable(0.03456)], ["9.98", "80", "0.0346"]);
});
