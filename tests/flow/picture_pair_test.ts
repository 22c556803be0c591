import { assertEquals, assertThrows } from "@std/assert";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { readPicture } from "../../pipeline/common/io/picture_file.ts";
import { readPicturePair, readRawPicture, seenTogether } from "../../pipeline/flow/picture_pair.ts";

const width = 4, height = 2, NAMES = ["1.png", "2.png"] as const;

/** [H, W, channels] of 16 bits. */
const deepPng = (channels: number, valueAt: (i: number) => number) =>
  encodePng({
    width,
    height,
    channels,
    data: Uint16Array.from({ length: width * height * channels }, (_, i) => valueAt(i)),
  });
const seen = (one: Uint8Array, two: Uint8Array) =>
  seenTogether(readRawPicture(one, NAMES[0]), readRawPicture(two, NAMES[1]));
/** A Netpbm file: header and samples of a byte, or of two with the larger first. */
function netpbm(header: string, samples: readonly number[], bytes: 1 | 2): Uint8Array {
  const data = samples.flatMap((value) => bytes === 2 ? [value >> 8, value & 255] : [value]);
  return Uint8Array.from([...new TextEncoder().encode(header), ...data]);
}

Deno.test("pictures of 8 bits are read as readPicture() reads them", () => {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => 7 * i);
  const png = encodePng({ width, height, channels: 4, data });
  const ppm = netpbm("P6\n2 1\n255\n", [1, 2, 3, 250, 251, 252], 1);
  for (const bytes of [png, ppm]) {
    const { frame1, bits, unequal } = seen(bytes, bytes);
    assertEquals(frame1, readPicture(bytes, "a"));
    assertEquals([bits, unequal], [undefined, false]);
  }
});

Deno.test("of 16 bits that are all used, the upper 8 are seen, as by readPicture()", () => {
  const one = deepPng(3, (i) => 257 * i), two = deepPng(3, (i) => i === 5 ? 32768 : 9);
  const { frame1, frame2, bits } = seen(one, two);
  assertEquals([frame1, frame2], [readPicture(one, "1"), readPicture(two, "2")]);
  assertEquals(bits, 16);
});

Deno.test("of 12 bits in 16, the upper 8 of 12 are seen, of both by the picture that uses more", () => {
  const one = deepPng(1, (i) => 300 * i), two = deepPng(1, (i) => i === 7 ? 4095 : 16 * i + 15);
  const { frame1, frame2, bits, unequal } = seen(one, two);
  assertEquals([bits, unequal], [12, false]);
  const greys = ({ data }: { data: Uint8Array }) => [...data].filter((_, i) => i % 3 === 0);
  assertEquals(greys(frame1), [0, 18, 37, 56, 75, 93, 112, 131]); // 300 i / 16
  assertEquals(greys(frame2), [0, 1, 2, 3, 4, 5, 6, 255]);
  assertEquals(readPicturePair(one, two, NAMES), [frame1, frame2]);
});

Deno.test("of up to 8 bits in 16 nothing is lost, and alpha does not count", () => {
  const one = deepPng(2, (i) => i % 2 === 1 ? 65535 : i), two = deepPng(2, () => 3);
  const { frame1, frame2, bits } = seen(one, two);
  assertEquals(bits, 8);
  assertEquals([...frame1.data].filter((_, i) => i % 3 === 0), [0, 2, 4, 6, 8, 10, 12, 14]);
  assertEquals(new Set(frame2.data), new Set([3]));
});

Deno.test("a picture of 8 bits beside one of 16 that leaves some unused is told", () => {
  const eight = encodePng({ width, height, channels: 1, data: new Uint8Array(8).fill(9) });
  const deep = deepPng(1, () => 4095), full = deepPng(1, () => 65535);
  assertEquals([seen(eight, deep).bits, seen(eight, deep).unequal], [16, true]);
  assertEquals([seen(eight, full).bits, seen(eight, full).unequal], [16, false]);
});

Deno.test("PGM and deep PPM are read, their maximum value made that of 8 or 16 bits", () => {
  const cases: [bytes: Uint8Array, bits: number | undefined, data: number[]][] = [
    [netpbm("P5\n2 1\n255\n", [7, 200], 1), undefined, [7, 7, 7, 200, 200, 200]],
    [netpbm("P5 # by hand\n2 1 15\n", [0, 15], 1), undefined, [0, 0, 0, 255, 255, 255]],
    [netpbm("P5\n2 1\n4095\n", [2048, 4095], 2), 16, [128, 128, 128, 255, 255, 255]],
    [netpbm("P5\n2 1\n65535\n", [256, 1023], 2), 10, [64, 64, 64, 255, 255, 255]],
    [netpbm("P6\n1 1\n65535\n", [65535, 256, 511], 2), 16, [255, 1, 1]],
    [netpbm("P6\n1 1\n100\n", [100, 50, 0], 1), undefined, [255, 128, 0]],
  ];
  for (const [bytes, bits, data] of cases) {
    const { frame1, ...rest } = seen(bytes, bytes);
    assertEquals([rest.bits, [...frame1.data]], [bits, data]);
  }
});

Deno.test("Netpbm that is damaged, too large or of another kind is refused by what is wrong", () => {
  const cases: [bytes: Uint8Array, message: string][] = [
    [netpbm("P5\n2 1\n", [], 1), "its header has no width, height and maximum value"],
    [
      netpbm("P5\n2 2\n255\n", [1, 2, 3], 1),
      "take 4 bytes behind its header, it holds 3. It is truncated.",
    ],
    [netpbm("P5\n1 1\n255\n", [1, 2], 1), "It is damaged, or holds several pictures"],
    [netpbm("P5\n1 1\n65536\n", [1], 2), "its maximum value must be 1 to 65535, got 65536"],
    [netpbm("P5\n1 1\n100\n", [101], 1), "a sample is 101, above its maximum value 100"],
    [netpbm("P5\n32768 32768\n65535\n", [], 2), "the limit is"],
    [netpbm("P4\n8 1\n", [255], 1), "it is a P4 of Netpbm, of which binary PPM (P6) and PGM (P5)"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => readRawPicture(bytes, "a.pgm"), Error, `Cannot read a.pgm: `);
    assertThrows(() => readRawPicture(bytes, "a.pgm"), Error, message);
  }
});
