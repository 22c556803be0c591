import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { drawText, lineHeight, textWidth } from "../../pipeline/picture/text.ts";

const SIZE = 24;

/** Ink of each pixel that has any, by "x,y". */
function ink(text: string, size = SIZE): Map<string, number> {
  const pixels = new Map<string, number>();
  drawText(text, size, (x, y, share) => pixels.set(`${x},${y}`, share));
  return pixels;
}

const total = (pixels: Map<string, number>) => [...pixels.values()].reduce((a, b) => a + b, 0);
const key = (pixels: Map<string, number>) => JSON.stringify([...pixels]);

Deno.test("drawText() draws every letter of its own, what captions need among them", () => {
  const characters = [
    ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-_/=%()+−×’",
  ];
  assertEquals(new Set(characters.map((text) => key(ink(text)))).size, characters.length);
  assertEquals(ink(" ").size, 0);
});

Deno.test("drawText() fills a stem wholly, its edges in part, and nothing outside the letter", () => {
  const pixels = ink("l", 40);
  const shares = [...pixels.values()];
  assert(shares.every((share) => share > 0 && share <= 1));
  assert(shares.filter((share) => share === 1).length > shares.length / 3);
  const columns = new Set([...pixels.keys()].map((place) => place.split(",")[0]));
  assert(columns.size <= 6, "an l is a narrow stem");
});

Deno.test("drawText() leaves the inside of an O empty", () => {
  const pixels = ink("O", 40), middle = Math.round(textWidth("O", 40) / 2);
  const column = Array.from(
    { length: lineHeight(40) },
    (_, y) => pixels.get(`${middle},${y}`) ?? 0,
  );
  const inked = column.flatMap((share, y) => share > 0.5 ? [y] : []);
  assert(inked.length >= 4 && inked.length <= 12, `top and foot: ${inked}`);
  assert(inked.at(-1)! - inked[0] > 24, `${inked}`);
});

Deno.test("drawText() has four times the ink at twice the size", () => {
  assertAlmostEquals(total(ink("error 9.98 px", 40)) / total(ink("error 9.98 px", 20)), 4, 0.05);
});

Deno.test("textWidth() is the width of the ink, within a letter's sides, and the height fits g and A", () => {
  const places = [...ink("Ag frame 1").keys()].map((place) => place.split(",").map(Number));
  const right = Math.max(...places.map(([x]) => x)), bottom = Math.max(...places.map(([, y]) => y));
  const width = textWidth("Ag frame 1", SIZE);
  assert(right < width && right > width - 0.2 * SIZE, `${right} of ${width}`);
  assert(bottom < lineHeight(SIZE) - 1, `${bottom} of ${lineHeight(SIZE)}`);
  assert(Math.min(...places.map(([, y]) => y)) >= 0);
  assertEquals(textWidth("", SIZE), 0);
});
