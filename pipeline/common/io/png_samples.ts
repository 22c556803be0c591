/**
 * From the stored rows of a PNG to its picture: indices become colours, grey below 8 bits is widened to 8 (0 stays 0, the
 * largest value becomes 255), a transparent colour becomes an alpha channel, passes of Adam7 come to their places.
 */
import { type PngChunks, pngDamaged } from "./png_chunks.ts";
import type { Pass } from "./png_rows.ts";

/** Channels and bits of the picture that placeRows() makes. */
export function pictureKind({ header, palette, transparency }: PngChunks) {
  const channels = (palette ? 3 : header.samples) + (transparency ? 1 : 0);
  return { channels, depth: header.depth === 16 ? 16 as const : 8 as const };
}

/**
 * @param data [H, W, channels] of pictureKind(), to be written
 * @param name the file's name, for errors
 * @returns what takes a row of bytes of one pass
 * @throws {Error} when called with a row that has an index outside the palette
 */
export function placeRows(
  chunks: PngChunks,
  data: Uint8Array | Uint16Array,
  name: string,
): (row: Uint8Array, pass: Pass, y: number) => void {
  const { header: { width, depth, samples, interlaced }, palette, transparency } = chunks;
  const { channels } = pictureKind(chunks);
  if (depth === 8 && !palette && !transparency && !interlaced) {
    return (row, _, y) => data.set(row, y * width * channels);
  }
  const place = palette
    ? placeColour(palette, transparency, data, name)
    : placeSamples(chunks, data);
  const values = new Uint16Array(samples);
  return (row, pass, y) => {
    for (let x = 0; x < pass.width; x++) {
      for (let c = 0; c < samples; c++) values[c] = sampleAt(row, x * samples + c, depth);
      const pixel = (pass.y + y * pass.dy) * width + pass.x + x * pass.dx;
      place(values, pixel * channels);
    }
  };
}

/** Writes one pixel, given by its stored samples. */
type Place = (values: Uint16Array, at: number) => void;

function placeColour(
  palette: Uint8Array,
  alpha: Uint8Array | undefined,
  data: Uint8Array | Uint16Array,
  name: string,
): Place {
  const entries = palette.length / 3;
  return (values, at) => {
    const index = values[0];
    if (index >= entries) {
      throw pngDamaged(name, `a pixel has colour ${index} of a palette of ${entries}, from 0 on`);
    }
    for (let c = 0; c < 3; c++) data[at + c] = palette[3 * index + c];
    // Entries that tRNS does not reach are opaque.
    if (alpha) data[at + 3] = index < alpha.length ? alpha[index] : 255;
  };
}

function placeSamples(
  { header: { depth, samples }, transparency }: PngChunks,
  data: Uint8Array | Uint16Array,
): Place {
  const maximum = 2 ** depth - 1;
  const factor = depth < 8 ? 255 / maximum : 1;
  // Of its 16 bits, as many count as samples have (specification, section 11.3.1.1).
  const key = transparency &&
    Array.from({ length: samples }, (_, c) => sampleAt(transparency, c, 16) & maximum);
  return (values, at) => {
    for (let c = 0; c < samples; c++) data[at + c] = values[c] * factor;
    if (key) {
      data[at + samples] = key.every((value, c) => value === values[c]) ? 0 : maximum * factor;
    }
  };
}

/** The i-th sample of a row; samples below 8 bits begin at the upper end of a byte. */
function sampleAt(row: Uint8Array, i: number, depth: number): number {
  if (depth === 8) return row[i];
  if (depth === 16) return row[2 * i] << 8 | row[2 * i + 1];
  const bit = i * depth;
  return (row[bit >> 3] >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}
