/**
 * Writes PNG pictures of 8 and 16 bits. Compressed by fflate, whose bytes, unlike those of the runtime's own zlib, do
 * not change with the version of Deno.
 */
import { zlibSync } from "fflate";
import { chunk, SIGNATURE } from "./png_chunks.ts";
import { filterRows } from "./png_filter.ts";

/** By the number of channels: grey, grey + alpha, RGB, RGBA. */
const COLOUR_TYPES = [0, 4, 2, 6];

/** @param data [H, W, channels]; its length must be right */
export function encodeSamples(
  width: number,
  height: number,
  channels: number,
  data: Uint8Array | Uint16Array,
): Uint8Array<ArrayBuffer> {
  const sampleBytes = data.BYTES_PER_ELEMENT;
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8 * sampleBytes;
  header[9] = COLOUR_TYPES[channels - 1];
  const bytes = data instanceof Uint8Array ? data : bigEndian(data);
  const rows = filterRows(bytes, width * channels * sampleBytes, channels * sampleBytes);
  const parts = [
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

function bigEndian(data: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(2 * data.length);
  for (let i = 0; i < data.length; i++) {
    bytes[2 * i] = data[i] >> 8;
    bytes[2 * i + 1] = data[i];
  }
  return bytes;
}
