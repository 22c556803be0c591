/** Small whole files of every kind of picture, and a pair with all that may be known of it. */
import { zlibSync } from "fflate";
import { encodePng } from "../../pipeline/common/io/png.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { type Chunk, pngOf } from "./mutations/png.ts";
import { bytesOf } from "./reader.ts";

export const WIDTH = 7;
export const HEIGHT = 5;
const PIXELS = WIDTH * HEIGHT;
/** Adam7: first column, first row, steps of each pass. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

export function randomBytes(count: number, name: string): Uint8Array<ArrayBuffer> {
  const rng = new Rng(1).fork(name);
  return Uint8Array.from({ length: count }, () => rng.integer(256));
}

/** IHDR; colour types are 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA. */
export function header(
  width: number,
  height: number,
  { depth = 8, colour = 0, interlaced = false } = {},
): Chunk {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  return { type: "IHDR", data };
}

export const END_CHUNK: Chunk = { type: "IEND", data: new Uint8Array(0) };

/** Compressed pixels. */
export const pixels = (rows: Uint8Array): Chunk => ({ type: "IDAT", data: zlibSync(rows) });

/** Rows of so many random bytes, none filtered. */
function rows(height: number, rowBytes: number, name: string): Uint8Array<ArrayBuffer> {
  const bytes = randomBytes(height * (rowBytes + 1), name);
  for (let y = 0; y < height; y++) bytes[y * (rowBytes + 1)] = 0;
  return bytes;
}

/** 8 or 16 bits a sample. */
export function plainPng(channels: number, depth: 8 | 16): Uint8Array<ArrayBuffer> {
  const bytes = randomBytes(PIXELS * channels * depth / 8, `png ${channels} ${depth}`);
  const data = depth === 8 ? bytes : new Uint16Array(bytes.buffer);
  return encodePng({ width: WIDTH, height: HEIGHT, channels, data });
}

export function palettePng(): Uint8Array<ArrayBuffer> {
  const indices = rows(HEIGHT, WIDTH, "palette").map((value, i) =>
    i % (WIDTH + 1) === 0 ? 0 : value % 5
  );
  return pngOf([
    header(WIDTH, HEIGHT, { colour: 3 }),
    { type: "PLTE", data: randomBytes(15, "colours") },
    { type: "tRNS", data: Uint8Array.of(0, 128, 255) },
    pixels(indices),
    END_CHUNK,
  ]);
}

/** Two grey levels, a bit each. */
export function bitPng(): Uint8Array<ArrayBuffer> {
  return pngOf([header(WIDTH, HEIGHT, { depth: 1 }), pixels(rows(HEIGHT, 1, "bits")), END_CHUNK]);
}

export function interlacedPng(): Uint8Array<ArrayBuffer> {
  const passes = PASSES.flatMap(([x, y, dx, dy]) => {
    const columns = Math.ceil((WIDTH - x) / dx), lines = Math.ceil((HEIGHT - y) / dy);
    return columns > 0 && lines > 0 ? [...rows(lines, 3 * columns, `pass ${x} ${y}`)] : [];
  });
  return pngOf([
    header(WIDTH, HEIGHT, { colour: 2, interlaced: true }),
    { type: "tEXt", data: bytesOf("Comment\u0000drawn by chance") },
    pixels(Uint8Array.from(passes)),
    END_CHUNK,
  ]);
}

export function samplePair(name: string): FramePair {
  const bits = (what: string) => randomBytes(PIXELS, `${name} ${what}`).map((value) => value & 1);
  const flow = (what: string) =>
    Float32Array.from(randomBytes(2 * PIXELS, `${name} ${what}`), (value) => (value - 128) / 16);
  return {
    name,
    scene: name,
    dataset: "drawn",
    width: WIDTH,
    height: HEIGHT,
    frame1: randomBytes(3 * PIXELS, `${name} 1`),
    frame2: randomBytes(3 * PIXELS, `${name} 2`),
    flow: flow("forward"),
    flowBackward: flow("backward"),
    valid: bits("valid"),
    occluded: bits("occluded"),
    occludedBackward: bits("backward occluded"),
    foreground: bits("foreground"),
  };
}
