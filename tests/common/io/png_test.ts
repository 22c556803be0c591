import { assertEquals, assertThrows } from "@std/assert";
import { encode } from "fast-png";
import { decodePng, encodePng, rgb8 } from "../../../pipeline/common/io/png.ts";

/** A PNG of raw rows, each with its filter byte, for forms that no encoder here writes. */
async function rawPng(
  { width, height, depth, colour, rows, extra = [] }: {
    width: number;
    height: number;
    depth: number;
    colour: number;
    rows: number[];
    extra?: [string, number[]][];
  },
): Promise<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([depth, colour], 8);
  const stream = new Blob([Uint8Array.from(rows)]).stream();
  const deflated = new Response(stream.pipeThrough(new CompressionStream("deflate")));
  const chunks: [string, number[]][] = [
    ["IHDR", [...header]],
    ...extra,
    ["IDAT", [...await deflated.bytes()]],
    ["IEND", []],
  ];
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunks.flatMap(([type, data]) => {
      const body = [...new TextEncoder().encode(type), ...data];
      return [...word(data.length), ...body, ...word(crc32(body))];
    }),
  ]);
}

const word = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

function crc32(bytes: number[]): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

Deno.test("decodePng()", async (t) => {
  for (const channels of [1, 2, 3, 4]) {
    await t.step(`8 and 16 bits of ${channels} channels come back`, () => {
      const count = 5 * 3 * channels;
      const data = Uint8Array.from({ length: count }, (_, i) => i * 37);
      const wide = Uint16Array.from({ length: count }, (_, i) => i * 4099);
      assertEquals(decodePng(encodePng({ width: 5, height: 3, channels, data }), "a.png"), {
        width: 5,
        height: 3,
        channels,
        depth: 8,
        data,
      });
      const read = decodePng(encodePng({ width: 5, height: 3, channels, data: wide }), "a.png");
      assertEquals([read.depth, read.channels, read.data], [16, channels, wide]);
    });
  }
  await t.step("widens grey of 1 bit to 0 and 255, rows padded to bytes", async () => {
    const rows = [0, 0b10100000, 0b10000000, 0, 0b01000000, 0];
    const bytes = await rawPng({ width: 9, height: 2, depth: 1, colour: 0, rows });
    const { depth, data } = decodePng(bytes, "mask.png");
    assertEquals(depth, 8);
    assertEquals(
      [...data].map((v) => v === 255 ? "#" : v === 0 ? "." : "?").join(""),
      "#.#.....#.#.......",
    );
  });
  await t.step("turns a palette into RGB", async () => {
    const extra: [string, number[]][] = [["PLTE", [1, 2, 3, 40, 50, 60]]];
    const rows = [0, 0b01000000];
    const bytes = await rawPng({ width: 2, height: 1, depth: 1, colour: 3, rows, extra });
    const { channels, data } = decodePng(bytes, "a.png");
    assertEquals([channels, [...data]], [3, [1, 2, 3, 40, 50, 60]]);
  });
  await t.step("reads interlaced pictures", () => {
    const data = Uint8Array.from({ length: 11 * 7 * 3 }, (_, i) => i);
    const picture = { width: 11, height: 7, channels: 3, depth: 8 as const, data };
    assertEquals(decodePng(encode(picture, { interlace: "Adam7" }), "a.png").data, data);
  });
  await t.step("reads from the middle of a buffer", () => {
    const bytes = encodePng({ width: 1, height: 1, channels: 1, data: Uint8Array.of(9) });
    const shifted = new Uint8Array(bytes.length + 9);
    shifted.set(bytes, 5);
    assertEquals([...decodePng(shifted.subarray(5, 5 + bytes.length), "a.png").data], [9]);
  });
});

Deno.test("decodePng() names the file and what is wrong", async (t) => {
  const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => i * i >> 3);
  const whole = encodePng({ width: 40, height: 30, channels: 3, data });
  const fails = (bytes: Uint8Array, message: string) =>
    assertThrows(() => decodePng(bytes, "s/frame10.png"), Error, `s/frame10.png: ${message}`);

  await t.step("a file cut anywhere is called truncated", () => {
    for (const length of [5, 8, 20, 33, 50, whole.length - 13, whole.length - 1]) {
      fails(whole.subarray(0, length), `the PNG is truncated, it ends after ${length} bytes`);
    }
    fails(new Uint8Array(0), "the file is empty");
  });
  await t.step("another format", () => {
    fails(new TextEncoder().encode("<html>not found</html>"), "it does not start like a PNG file");
  });
  await t.step("a flipped bit", () => {
    const damaged = whole.slice();
    damaged[whole.length >> 1] ^= 1;
    fails(damaged, "the PNG is damaged");
  });
  await t.step("an absurd size, before memory is asked for", async () => {
    const bytes = await rawPng({ width: 1e9, height: 1e9, depth: 8, colour: 2, rows: [0] });
    fails(bytes, "its size is 1000000000 x 1000000000");
  });
  await t.step("fewer rows than the header says", async () => {
    fails(
      await rawPng({ width: 2, height: 3, depth: 8, colour: 0, rows: [0, 1, 2] }),
      "the PNG is damaged",
    );
  });
});

Deno.test("rgb8()", async (t) => {
  const image = (channels: number, data: Uint8Array | Uint16Array) => ({
    width: 1,
    height: 1,
    channels,
    depth: data instanceof Uint16Array ? 16 as const : 8 as const,
    data,
  });
  await t.step("repeats grey and drops alpha", () => {
    assertEquals([...rgb8(image(1, Uint8Array.of(7)))], [7, 7, 7]);
    assertEquals([...rgb8(image(2, Uint8Array.of(7, 100)))], [7, 7, 7]);
    assertEquals([...rgb8(image(4, Uint8Array.of(1, 2, 3, 100)))], [1, 2, 3]);
  });
  await t.step("keeps the upper 8 of 16 bits", () => {
    assertEquals([...rgb8(image(3, Uint16Array.of(0x1234, 0xff00, 0x00ff)))], [0x12, 0xff, 0]);
  });
});

Deno.test("encodePng() refuses data of another size", () => {
  const data = new Uint8Array(5);
  assertThrows(() => encodePng({ width: 2, height: 1, channels: 3, data }), Error, "got 5 values");
});
