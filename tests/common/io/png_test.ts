import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodePng, encodePng, type PngImage, rgb8 } from "../../../pipeline/common/io/png.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { readPicture } from "../../../pipeline/common/io/picture_file.ts";
import { tiff } from "./_exif.ts";
import { type Chunk, chunksOf, pngFile, SAMPLES, type Stored, word } from "./_png_encoder.ts";

/** Every colour type with every depth that it allows. */
const KINDS = [
  [0, 1],
  [0, 2],
  [0, 4],
  [0, 8],
  [0, 16],
  [2, 8],
  [2, 16],
  [3, 1],
  [3, 2],
  [3, 4],
  [3, 8],
  [4, 8],
  [4, 16],
  [6, 8],
  [6, 16],
];

const rng = new Rng(7);
const draw = (count: number, below: number) =>
  Array.from({ length: count }, () => rng.integer(below));

/** A picture of chance; with a palette that is 3 colours short of the most, where that leaves any. */
function stored(width: number, height: number, colourType: number, depth: number) {
  const most = colourType === 3 ? Math.max(1, 2 ** depth - 3) : 2 ** depth;
  const samples = draw(width * height * SAMPLES[colourType], most);
  const palette = colourType === 3 ? draw(3 * most, 256) : undefined;
  return { picture: { width, height, depth, colourType, samples } as Stored, palette };
}

/** What a picture is as whole samples, pixel by pixel. @param transparency content of tRNS */
function truth(
  { width, height, depth, colourType, samples }: Stored,
  palette?: number[],
  transparency?: number[],
): PngImage {
  const count = SAMPLES[colourType];
  const scale = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const data: number[] = [];
  for (let i = 0; i < samples.length; i += count) {
    const pixel = samples.slice(i, i + count);
    if (palette) {
      const [index] = pixel;
      data.push(...palette.slice(3 * index, 3 * index + 3));
      if (transparency) data.push(transparency[index] ?? 255);
    } else {
      data.push(...pixel.map((sample) => sample * scale));
      const isKey = pixel.flatMap((sample) => [sample >> 8, sample & 255]).join() ===
        transparency?.join();
      if (transparency) data.push(isKey ? 0 : depth === 16 ? 65535 : 255);
    }
  }
  const wide = depth === 16;
  return {
    width,
    height,
    channels: data.length / (width * height),
    depth: wide ? 16 : 8,
    data: wide ? Uint16Array.from(data) : Uint8Array.from(data),
    orientation: 1,
  };
}

const palettes = (palette?: number[]): Chunk[] => palette ? [["PLTE", palette]] : [];

Deno.test("decodePng() reads every colour type, depth, interlacing and row filter", async (t) => {
  for (const [colourType, depth] of KINDS) {
    await t.step(`colour type ${colourType} of ${depth} bits`, () => {
      for (const interlaced of [false, true]) {
        for (const kind of [0, 1, 2, 3, 4, 5]) {
          // The sixth changes from row to row.
          const filter = (row: number) => kind < 5 ? kind : row % 5;
          for (const [width, height] of [[1, 1], [1, 9], [9, 1], [5, 5], [13, 11]]) {
            const { picture, palette } = stored(width, height, colourType, depth);
            const file = pngFile(chunksOf({ ...picture, interlaced, filter }, palettes(palette)));
            assertEquals(decodePng(file, "a.png"), truth(picture, palette));
          }
        }
      }
    });
  }
  await t.step("sizes whose passes of Adam7 are empty", () => {
    for (let width = 1; width <= 9; width++) {
      for (let height = 1; height <= 9; height++) {
        const { picture } = stored(width, height, 2, 8);
        const file = pngFile(chunksOf({ ...picture, interlaced: true, filter: () => 4 }));
        assertEquals(decodePng(file, "a.png"), truth(picture));
      }
    }
  });
});

Deno.test("decodePng() makes what is said of transparency an alpha channel", async (t) => {
  for (const [colourType, depth] of KINDS) {
    if (colourType === 4 || colourType === 6) continue;
    for (const interlaced of [false, true]) {
      await t.step(`colour type ${colourType} of ${depth} bits, interlaced: ${interlaced}`, () => {
        const { picture, palette } = stored(6, 5, colourType, depth);
        // Alpha of all entries but the last, or the colour of the second pixel.
        const transparency = palette
          ? draw(Math.max(1, palette.length / 3 - 1), 256)
          : picture.samples.slice(SAMPLES[colourType], 2 * SAMPLES[colourType])
            .flatMap((sample) => [sample >> 8, sample & 255]);
        const between = [...palettes(palette), ["tRNS", transparency] as Chunk];
        const read = decodePng(pngFile(chunksOf({ ...picture, interlaced }, between)), "a.png");
        assertEquals(read, truth(picture, palette, transparency));
        assertEquals(read.channels, colourType === 0 ? 2 : 4);
        if (!palette) assertEquals(read.data[2 * read.channels - 1], 0);
      });
    }
  }
  await t.step("of the colour's 16 bits only as many count as samples have", () => {
    const picture = { width: 2, height: 1, depth: 4, colourType: 0, samples: [5, 6] };
    const file = pngFile(chunksOf(picture, [["tRNS", [0xff, 0xf6]]]));
    assertEquals([...decodePng(file, "a.png").data], [85, 255, 102, 0]);
  });
});

Deno.test("a PNG is turned as its Exif says when it is read as a picture, wherever that stands", () => {
  const samples = [[10, 11, 12], [20, 21, 22], [30, 31, 32], [40, 41, 42], [50, 51, 52], [
    60,
    61,
    62,
  ]];
  const picture = { width: 3, height: 2, depth: 8, colourType: 2, samples: samples.flat() };
  const [header, data, end] = chunksOf(picture);
  // Rows of the picture as it is to be seen, for each orientation.
  const upright = [
    "123 456",
    "321 654",
    "654 321",
    "456 123",
    "14 25 36",
    "41 52 63",
    "63 52 41",
    "36 25 14",
  ];
  for (const [i, text] of upright.entries()) {
    for (const little of [false, true]) {
      const exif: Chunk = ["eXIf", tiff(i + 1, little)];
      for (const chunks of [[header, exif, data, end], [header, data, exif, end]]) {
        const file = pngFile(chunks);
        const seen = readPicture(file, "a.png");
        const rows = text.split(" ");
        assertEquals([seen.width, seen.height], [rows[0].length, rows.length]);
        const pixels = [...rows.join("")].flatMap((number) => samples[Number(number) - 1]);
        assertEquals([...seen.data], pixels, `orientation ${i + 1}`);
        // Maps of numbers are as stored.
        assertEquals([...decodePng(file, "a.png").data], picture.samples);
      }
    }
  }
  for (const content of [tiff(9, true), tiff(6, true).slice(0, 12), []]) {
    const seen = readPicture(pngFile([header, ["eXIf", content], data, end]), "a.png");
    assertEquals([...seen.data], picture.samples);
  }
  const twice = pngFile([header, ["eXIf", tiff(1, true)], ["eXIf", tiff(6, true)], data, end]);
  assertThrows(() => decodePng(twice, "a.png"), Error, "its chunk eXIf is there twice");
});

Deno.test("decodePng() is not misled by what does not change the samples", async (t) => {
  const { picture } = stored(7, 5, 2, 8);
  const expected = truth(picture);
  const [header, data, end] = chunksOf(picture);
  const text = [...new TextEncoder().encode("Comment\0\0\0\0\0any text")];
  const others: Chunk[] = [
    ["gAMA", word(45455)],
    ["sBIT", [5, 6, 5]],
    ["cHRM", Array(32).fill(0)],
    ["PLTE", [1, 2, 3, 4, 5, 6]], // in true colour only suggested
    ["hIST", [0, 1, 0, 2]],
    ["bKGD", [0, 1, 0, 2, 0, 3]],
    ["pHYs", [...word(1), ...word(1), 0]],
    ["iTXt", text],
    ["iTXt", text],
    ["fcTL", Array(26).fill(0)], // of an animation, but nothing says that it is one
    ["anCi", [1, 2, 3]],
  ];
  await t.step("ancillary chunks, known and unknown, before and after the data", () => {
    const file = pngFile([
      header,
      ...others,
      data,
      ["iTXt", text],
      ["tIME", Array(7).fill(1)],
      end,
    ]);
    assertEquals(decodePng(file, "a.png"), expected);
  });
  await t.step("a suggested palette beside 16 bits", () => {
    const { picture: wide } = stored(3, 4, 6, 16);
    const file = pngFile(chunksOf(wide, [["PLTE", [1, 2, 3]]]));
    assertEquals(decodePng(file, "a.png"), truth(wide));
  });
  await t.step("data in many chunks, some of them empty", () => {
    const bytes = Array.from(data[1]);
    const pieces: Chunk[] = bytes.flatMap((byte): Chunk[] => [["IDAT", []], ["IDAT", [byte]]]);
    assertEquals(decodePng(pngFile([header, ...pieces, ["IDAT", []], end]), "a.png"), expected);
  });
  await t.step("the buffer that the file lies in", () => {
    const file = pngFile([header, data, end]);
    const buffer = new Uint8Array(file.length + 9).fill(77);
    buffer.set(file, 5);
    assertEquals(decodePng(buffer.subarray(5, 5 + file.length), "a.png"), expected);
  });
});

Deno.test("encodePng()", async (t) => {
  for (const channels of [1, 2, 3, 4]) {
    await t.step(`8 and 16 bits of ${channels} channels come back`, () => {
      const picture = { width: 5, height: 3, channels };
      for (
        const data of [
          Uint8Array.from(draw(15 * channels, 256)),
          Uint16Array.from(draw(15 * channels, 65536)),
        ]
      ) {
        const depth = data instanceof Uint8Array ? 8 : 16;
        const file = encodePng({ ...picture, data });
        assertEquals(decodePng(file, "a.png"), { ...picture, depth, data, orientation: 1 });
      }
    });
  }
  await t.step("refuses data of another size", () => {
    const data = new Uint8Array(5);
    const picture = { width: 2, height: 1, channels: 3, data };
    assertThrows(() => encodePng(picture), Error, "got 5 values");
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
  await t.step("is the picture itself where that is 8-bit RGB", () => {
    const data = Uint8Array.of(1, 2, 3);
    assert(rgb8(image(3, data)) === data);
  });
});
