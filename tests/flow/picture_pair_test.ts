import { assertEquals, assertThrows } from "@std/assert";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { readPicture } from "../../pipeline/common/io/picture_file.ts";
import {
  isDeep,
  readPicturePair,
  readRawPicture,
  readSinglePicture,
  seenTogether,
} from "../../pipeline/flow/picture_pair.ts";

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
    assertEquals(isDeep(bytes), bits !== undefined);
  }
});

Deno.test("a header of Windows does not shift samples, and a PGM may begin with a #", () => {
  const lines = (kind: string, maximum: number) => `${kind}\r\n2 1\r\n${maximum}\r\n`;
  const cases: [bytes: Uint8Array, samples: number[]][] = [
    [netpbm(lines("P5", 255), [10, 200], 1), [10, 200]],
    [netpbm(lines("P5", 65535), [2560, 51200], 2), [10, 200]],
    [netpbm("P5\n2 1\n255\r", [10, 200], 1), [10, 200]],
    [netpbm("P5#\n# 12 bits 9 9\n2\t1\n255\n", [35, 65], 1), [35, 65]],
  ];
  for (const [bytes, samples] of cases) {
    const { data } = readSinglePicture(bytes, "a.pgm");
    assertEquals([...data], samples.flatMap((value) => [value, value, value]));
  }
  for (const [kind, bytes] of [["P5", 1], ["P5", 2], ["P6", 2]] as const) {
    const file = netpbm(lines(kind, bytes === 1 ? 255 : 4095), new Array(6).fill(7), bytes);
    const cut = file.subarray(0, file.length - (kind === "P5" ? 4 * bytes : 0) - 1);
    assertThrows(() => readRawPicture(cut, "a.pgm"), Error, "It is truncated.");
  }
});

Deno.test("a header of 20 MB of blanks is read", () => {
  const long = new TextEncoder().encode(`P5${" ".repeat(20 * 2 ** 20)}2 1 255 ab`);
  assertEquals([...readSinglePicture(long, "a.pgm").data], [97, 97, 97, 98, 98, 98]);
});

Deno.test("whether a file has 16 bits is told by its first bytes, of damaged ones too", () => {
  const eight = encodePng({ width, height, channels: 1, data: new Uint8Array(8) });
  assertEquals([isDeep(eight), isDeep(deepPng(3, () => 0))], [false, true]);
  assertEquals(isDeep(deepPng(1, () => 0).subarray(0, 25)), true);
  for (const bytes of [new Uint8Array(0), eight.subarray(0, 9), netpbm("P6\n2", [], 1)]) {
    assertEquals(isDeep(bytes), false);
  }
  assertEquals(isDeep(netpbm("P6\n1 1\n255\n", [1, 2, 3], 1)), false);
});

Deno.test("a picture by itself is read as by the reader of data sets, of 16 bits the upper 8", () => {
  for (const bytes of [deepPng(3, (i) => 100 * i), deepPng(1, (i) => 9000 * i)]) {
    assertEquals(readSinglePicture(bytes, "a"), readPicture(bytes, "a"));
  }
  for (
    const bytes of [new Uint8Array(0), netpbm("GIF89a", [], 1), netpbm("P6\n1 1\n255\n", [1], 1)]
  ) {
    const messages = [readSinglePicture, readPicture].map((read) =>
      assertThrows(() => read(bytes, "a.png"), Error).message
    );
    assertEquals(messages[0], messages[1]);
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
    [netpbm("P6\n1 1\n4095\n", [1, 2, 3], 1), "take 6 bytes behind its header, it holds 3"],
    [netpbm("P5\n1 1\n255\n# by a camera\na", [], 1), "with # by a camera, a comment behind"],
    [netpbm(`P5\n${"9".repeat(400)} 1\n255\n`, [], 1), "Infinity"],
    [netpbm("P5\n0 1\n255\n", [], 1), "0 x 1"],
    [netpbm("P5\n2 1\n0\n", [0, 0], 1), "its maximum value must be 1 to 65535, got 0"],
    [netpbm("P7\n", [], 1), "it is a P7 of Netpbm"],
    [netpbm("P5\n32768 32768\n65535\n", [], 2), "the limit is"],
    [netpbm("P4\n8 1\n", [255], 1), "it is a P4 of Netpbm, of which binary PPM (P6) and PGM (P5)"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => readRawPicture(bytes, "a.pgm"), Error, `Cannot read a.pgm: `);
    assertThrows(() => readRawPicture(bytes, "a.pgm"), Error, message);
  }
});
