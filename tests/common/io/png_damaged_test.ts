import { deflateSync } from "node:zlib";
import { assertEquals, assertThrows } from "@std/assert";
import { decodePng } from "../../../pipeline/common/io/png.ts";
import { type Chunk, chunksOf, headerOf, pngFile, rowsOf, type Stored } from "./_png_encoder.ts";

const rgb: Stored = {
  width: 4,
  height: 3,
  depth: 8,
  colourType: 2,
  samples: Array.from({ length: 36 }, (_, i) => i * i & 255),
};
const indexed: Stored = { width: 3, height: 1, depth: 2, colourType: 3, samples: [0, 1, 2] };
const [header, data, end] = chunksOf(rgb);
const palette: Chunk = ["PLTE", [1, 2, 3, 4, 5, 6, 7, 8, 9]];
const whole = pngFile([header, data, end]);

const fails = (file: Uint8Array | Chunk[], message: string) =>
  assertThrows(
    () => decodePng(file instanceof Uint8Array ? file : pngFile(file), "s/frame10.png"),
    Error,
    `Cannot read s/frame10.png: ${message}`,
  );
const isDamaged = (file: Uint8Array | Chunk[], reason: string) =>
  fails(file, `the PNG is damaged, ${reason}`);

Deno.test("decodePng() calls a file that is cut anywhere truncated", () => {
  fails(new Uint8Array(0), "the file is empty.");
  for (let length = 1; length < whole.length; length++) {
    fails(whole.subarray(0, length), `the PNG is truncated, it ends after ${length} bytes`);
  }
});

Deno.test("decodePng() finds every flipped bit", () => {
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const damaged = whole.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    fails(damaged, bit < 64 ? "it does not start like a PNG file" : "the PNG is ");
  }
});

Deno.test("decodePng() refuses another format", () => {
  fails(new TextEncoder().encode("<html>not found</html>"), "it does not start like a PNG file.");
});

Deno.test("decodePng() refuses a wrong header", async (t) => {
  const file = (change: Partial<Stored>): Chunk[] => [
    ["IHDR", headerOf({ ...rgb, ...change })],
    data,
    end,
  ];
  await t.step("a colour type of another depth", () => {
    const allowed = ["0:1", "0:2", "0:4", "0:8", "0:16", "2:8", "2:16", "3:1", "3:2", "3:4", "3:8"];
    allowed.push("4:8", "4:16", "6:8", "6:16");
    let refused = 0;
    for (let colourType = 0; colourType <= 32; colourType++) {
      for (let depth = 0; depth <= 32; depth++) {
        if (allowed.includes(`${colourType}:${depth}`)) continue;
        isDamaged(
          file({ colourType, depth }),
          `there is no colour type ${colourType} of ${depth} bits`,
        );
        refused++;
      }
    }
    assertEquals(refused, 33 * 33 - 15);
  });
  await t.step("unknown ways of compression, filtering and interlacing", () => {
    const [, content] = header;
    for (const at of [10, 11, 12]) {
      const changed = Array.from(content).with(at, 2);
      const [compression, filter, interlace] = changed.slice(10);
      isDamaged(
        [["IHDR", changed], data, end],
        `compression ${compression}, filter ${filter}, interlace ${interlace} must be 0, 0, 0 or 1`,
      );
    }
  });
  await t.step("another length", () => {
    isDamaged(
      [["IHDR", [...Array.from(header[1]), 0]], data, end],
      "its chunk IHDR takes 13 bytes, it holds 14",
    );
  });
  await t.step("sides of 0 and absurd ones", () => {
    fails(file({ width: 0 }), "its size is 0 x 3, sides must lie between 1 and 32768.");
    fails(file({ height: 2 ** 31 }), "its size is 4 x 2147483648, sides");
  });
});

Deno.test("decodePng() refuses chunks that are missing, doubled or out of order", () => {
  isDamaged([data, end], "it starts with a chunk IDAT, not IHDR");
  isDamaged([["gAMA", [0, 0, 0, 1]], header, data, end], "it starts with a chunk gAMA, not IHDR");
  isDamaged([header, header, data, end], "its chunk IHDR is there twice");
  isDamaged([header, end], "it holds no picture, no chunk IDAT");
  fails([header, data], "the PNG is truncated");
  isDamaged([header, data, ["IEND", [0]]], "its chunk IEND must be empty, it holds 1 bytes");
  isDamaged([header, data, end, end], "12 bytes lie behind its end");
  isDamaged(Uint8Array.of(...whole, 0), "1 bytes lie behind its end");
  isDamaged(
    [header, data, ["tEXt", [65, 0]], ["IDAT", []], end],
    "its chunk IDAT does not follow the one before",
  );
  isDamaged([header, ["ABCD", []], data, end], "its chunk ABCD is needed to read it, but of no");
  isDamaged([header, ["a1CD", []], data, end], "the chunk at byte 33 has no name of four letters");
});

Deno.test("decodePng() refuses a wrong palette", () => {
  const [first, pixels, last] = chunksOf(indexed);
  const withPalette = (content: number[]): Chunk[] => [first, ["PLTE", content], pixels, last];
  isDamaged([first, pixels, last], "its chunk IDAT comes before a palette, PLTE");
  isDamaged([first, pixels, palette, last], "its chunk IDAT comes before a palette, PLTE");
  isDamaged([first, palette, palette, pixels, last], "its chunk PLTE is there twice");
  isDamaged([header, data, palette, end], "its chunk PLTE comes after the picture's data");
  for (const length of [0, 4, 15]) {
    isDamaged(
      withPalette(Array(length).fill(0)),
      `its chunk PLTE takes 3 bytes for each of 1 to 4 colours, it holds ${length}`,
    );
  }
  isDamaged([header, ["PLTE", Array(771).fill(0)], data, end], "its chunk PLTE takes 3 bytes");
  isDamaged(
    withPalette([1, 2, 3, 4, 5, 6]),
    "a pixel has colour 2 of a palette of 2, from 0 on",
  );
  const grey = chunksOf({ ...rgb, colourType: 0, samples: rgb.samples.slice(0, 12) }, [palette]);
  isDamaged(grey, "its chunk PLTE has no place in a grey picture");
});

Deno.test("decodePng() refuses a wrong transparency", () => {
  const transparency = (count: number): Chunk => ["tRNS", Array(count).fill(0)];
  const [first, pixels, last] = chunksOf(indexed);
  isDamaged([header, transparency(2), data, end], "its chunk tRNS takes 6 bytes, it holds 2");
  isDamaged([header, data, transparency(6), end], "its chunk tRNS comes after the picture's data");
  isDamaged([header, transparency(6), transparency(6), data, end], "its chunk tRNS is there twice");
  isDamaged(
    [header, transparency(6), palette, data, end],
    "its chunk PLTE comes after the transparency, tRNS",
  );
  isDamaged(
    [first, transparency(1), palette, pixels, last],
    "its chunk tRNS comes before the palette, PLTE",
  );
  for (const count of [0, 4]) {
    isDamaged(
      [first, palette, transparency(count), pixels, last],
      `its chunk tRNS takes a byte for each of 1 to 3 colours, it holds ${count}`,
    );
  }
  const alpha = chunksOf({ ...rgb, colourType: 6, width: 3 }, [transparency(8)]);
  isDamaged(alpha, "its chunk tRNS has no place beside an alpha channel");
});

Deno.test("decodePng() refuses compressed data that are not exactly the picture's", async (t) => {
  const rows = rowsOf(rgb);
  const of = (content: ArrayLike<number>): Chunk[] => [header, ["IDAT", content], end];
  const compressed = [...deflateSync(Uint8Array.from(rows))];
  await t.step("less and more than its rows", () => {
    for (const count of [0, 1, 13, 38]) {
      const less = deflateSync(Uint8Array.from(rows.slice(0, count)));
      isDamaged(of(less), "its compressed data hold less than the picture");
    }
    const more = deflateSync(Uint8Array.of(...rows, 0));
    isDamaged(of(more), "its compressed data hold more than the picture");
  });
  await t.step("cut", () => {
    for (let count = 0; count < compressed.length; count++) {
      isDamaged(of(compressed.slice(0, count)), "its compressed data are cut");
    }
  });
  await t.step("another checksum", () => {
    const wrong = compressed.with(-1, compressed.at(-1)! ^ 1);
    isDamaged(of(wrong), "its compressed data are (incorrect data check)");
  });
  await t.step("no zlib stream", () => {
    isDamaged(of(rows), "its compressed data are (unknown compression method)");
    const gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, ...compressed.slice(2, -4)];
    isDamaged(of(gzip), "its compressed data are (incorrect header check)");
  });
  await t.step("a block of no known kind", () => {
    isDamaged(of([0x78, 0x9c, 0b111]), "its compressed data are (invalid block type)");
  });
  await t.step("bytes behind their end, in the same chunk or the next", () => {
    const reason = "its compressed data go on behind their end";
    isDamaged(of([...compressed, 0]), reason);
    isDamaged(of([...compressed, ...compressed.slice(-4)]), reason);
    isDamaged(of([...compressed, ...deflateSync(new Uint8Array(0))]), reason);
    isDamaged([header, ["IDAT", compressed], ["IDAT", [0, 0]], end], reason);
  });
  await t.step("a row filter that there is not", () => {
    isDamaged(of(deflateSync(Uint8Array.from(rows.with(13, 5)))), "there is no row filter 5");
  });
});

Deno.test("decodePng() refuses an animation", () => {
  fails(
    [header, ["acTL", [0, 0, 0, 1, 0, 0, 0, 0]], data, end],
    "it is an animation (APNG), which picture of it is meant is not known. Save the one",
  );
});
