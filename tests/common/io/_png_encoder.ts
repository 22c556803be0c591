/**
 * Writes PNG files of every kind, valid or not, from the words of the specification; shares nothing with what is tested.
 * Samples are given as they are stored: indices for a palette, 0 or 1 for one bit.
 */
import { deflateSync } from "node:zlib";

export interface Stored {
  width: number;
  height: number;
  /** Bits of a sample. */
  depth: number;
  colourType: number;
  /** [H, W, samples of a pixel] */
  samples: number[];
  interlaced?: boolean;
  /** Of each row, counted through all passes; none when absent. */
  filter?: (row: number) => number;
}

export type Chunk = [type: string, content: ArrayLike<number>];

/** Samples of a pixel by colour type. */
export const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Which pass of Adam7 a pixel belongs to, as the specification draws it (section 8.2). */
const PASSES = [
  "16462646",
  "77777777",
  "56565656",
  "77777777",
  "36463646",
  "77777777",
  "56565656",
  "77777777",
];

export const word = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

/** The chunks of a whole file; `between` lie between header and data. */
export function chunksOf(picture: Stored, between: Chunk[] = []): Chunk[] {
  return [
    ["IHDR", headerOf(picture)],
    ...between,
    ["IDAT", deflateSync(Uint8Array.from(rowsOf(picture)))],
    ["IEND", []],
  ];
}

export function headerOf({ width, height, depth, colourType, interlaced }: Stored): number[] {
  return [...word(width), ...word(height), depth, colourType, 0, 0, interlaced ? 1 : 0];
}

/** A file of these chunks, with right lengths and checksums. */
export function pngFile(chunks: Chunk[]): Uint8Array {
  const parts = chunks.map(([type, content]) => {
    const body = [...new TextEncoder().encode(type)].concat(Array.from(content));
    return [word(content.length), body, word(crc32(body))].flat();
  });
  return Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...parts.flat()]);
}

/** All rows, each with its filter's number in front. */
export function rowsOf(picture: Stored): number[] {
  const { width, height, depth, colourType, samples, interlaced, filter = () => 0 } = picture;
  const count = SAMPLES[colourType];
  const distance = Math.max(1, count * depth / 8);
  const bytes: number[] = [];
  let rows = 0;
  for (const pass of interlaced ? "1234567" : " ") {
    let above: number[] | undefined;
    for (let y = 0; y < height; y++) {
      const columns = Array.from({ length: width }, (_, x) => x)
        .filter((x) => !interlaced || PASSES[y % 8][x % 8] === pass);
      if (columns.length === 0) continue;
      const row = pack(
        columns.flatMap((x) => samples.slice((y * width + x) * count, (y * width + x + 1) * count)),
        depth,
      );
      const kind = filter(rows++);
      bytes.push(
        kind,
        ...row.map((byte, i) => {
          const a = row[i - distance] ?? 0, b = above?.[i] ?? 0, c = above?.[i - distance] ?? 0;
          return (byte - [0, a, b, Math.floor((a + b) / 2), nearest(a, b, c)][kind]) & 255;
        }),
      );
      above = row;
    }
  }
  return bytes;
}

/** Samples as bits, the highest first; the last byte is filled up with ones, which must not matter. */
function pack(samples: number[], depth: number): number[] {
  const bits = samples.map((sample) => sample.toString(2).padStart(depth, "0")).join("");
  return bits.match(/.{1,8}/g)!.map((byte) => parseInt(byte.padEnd(8, "1"), 2));
}

/** Paeth's predictor. */
function nearest(a: number, b: number, c: number): number {
  const from = (value: number) => Math.abs(a + b - c - value);
  const least = Math.min(from(a), from(b), from(c));
  return [a, b, c].find((value) => from(value) === least)!;
}

/** Bit by bit. */
function crc32(bytes: number[]): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
