/**
 * From the compressed data of a PNG to its rows: inflated piece by piece, filters undone (PNG specification, third
 * edition, sections 8 to 10). No more is inflated than the rows take, whatever the data hold: two rows and a small
 * buffer are all the memory that it takes.
 */
import {
  Z_BUF_ERROR,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  zlibInflate,
  zlibInflateInit2,
  ZStream,
} from "pako";
import { pngDamaged } from "./png_chunks.ts";
import { undoFilter } from "./png_filter.ts";
import type { PngHeader } from "./png_header.ts";

/** Which pixels of the picture a pass holds: from (x, y) on, every dx-th of every dy-th row. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  /** Pixels of a row, and rows. */
  readonly width: number;
  readonly height: number;
}

/** x, y, dx, dy of the seven passes of Adam7. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

const WINDOW_BITS = 15;
const BUFFER_BYTES = 65536;

/**
 * Calls `place` with each row in the order of the file; `row` is only lent, [⌈width * samples * depth / 8⌉] bytes.
 * @param data the content of all IDAT, in pieces
 * @param name the file's name, for errors
 * @throws {Error} when the compressed data are damaged, or hold less or more than the rows
 */
export function readRows(
  header: PngHeader,
  data: Iterable<Uint8Array>,
  name: string,
  place: (row: Uint8Array, pass: Pass, y: number) => void,
): void {
  const passes = passesOf(header);
  // Filters work on bytes; what they call left is a whole pixel away, or a byte where pixels are smaller.
  const distance = Math.max(1, header.samples * header.depth / 8);
  const bytesOf = ({ width }: Pass) => Math.ceil(width * header.samples * header.depth / 8);
  const longest = 1 + distance + Math.max(...passes.map(bytesOf));
  // Of a row: the filter's number, then 0 where the row has no left, then its bytes.
  let row = new Uint8Array(longest), above = new Uint8Array(longest);
  let index = 0, y = 0, filled = 0;

  inflate(data, name, (bytes) => {
    for (let offset = 0; offset < bytes.length;) {
      if (index === passes.length) {
        throw pngDamaged(name, "its compressed data hold more than the picture");
      }
      const pass = passes[index];
      const rowBytes = bytesOf(pass);
      if (filled === 0) {
        row[0] = bytes[offset++];
        filled = 1;
        if (row[0] > 4) throw pngDamaged(name, `there is no row filter ${row[0]}, only 0 to 4`);
      }
      const piece = bytes.subarray(offset, offset + rowBytes + 1 - filled);
      row.set(piece, distance + filled);
      offset += piece.length;
      filled += piece.length;
      if (filled <= rowBytes) return;
      undoFilter(row, above, distance, rowBytes);
      place(row.subarray(1 + distance, 1 + distance + rowBytes), pass, y);
      [row, above] = [above, row];
      filled = 0;
      if (++y < pass.height) continue;
      y = 0;
      index++;
      above.fill(0);
    }
  });
  if (index < passes.length) {
    throw pngDamaged(name, "its compressed data hold less than the picture");
  }
}

/** Passes of no pixel are not in the file. */
function passesOf({ width, height, interlaced }: PngHeader): Pass[] {
  const steps = interlaced ? ADAM7 : [[0, 0, 1, 1]];
  return steps.map(([x, y, dx, dy]) => ({
    ...{ x, y, dx, dy },
    width: Math.ceil((width - x) / dx),
    height: Math.ceil((height - y) / dy),
  })).filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Calls `take` with all that the zlib stream holds, piece by piece, each only lent; its checksum is verified. */
function inflate(
  data: Iterable<Uint8Array>,
  name: string,
  take: (bytes: Uint8Array) => void,
): void {
  const stream = new ZStream();
  const output = new Uint8Array(BUFFER_BYTES);
  let status: number = zlibInflateInit2(stream, WINDOW_BITS);
  stream.output = output;
  for (const piece of gathered(data)) {
    stream.input = piece;
    stream.next_in = 0;
    stream.avail_in = piece.length;
    // A full buffer may leave more to come, without any further input.
    for (let more = true; more; more = stream.avail_in > 0 || stream.avail_out === 0) {
      if (status === Z_STREAM_END) break;
      stream.next_out = 0;
      stream.avail_out = BUFFER_BYTES;
      status = zlibInflate(stream, Z_NO_FLUSH);
      if (status !== Z_OK && status !== Z_STREAM_END && status !== Z_BUF_ERROR) {
        throw pngDamaged(name, `its compressed data are (${stream.msg || `status ${status}`})`);
      }
      take(output.subarray(0, stream.next_out));
    }
    if (stream.avail_in > 0) {
      throw pngDamaged(name, "its compressed data go on behind their end");
    }
  }
  if (status !== Z_STREAM_END) throw pngDamaged(name, "its compressed data are cut");
}

/** The same bytes in pieces that are never empty and, but for the last, long; each only lent. */
function* gathered(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  let filled = 0;
  for (const piece of pieces) {
    for (let offset = 0; offset < piece.length;) {
      const part = piece.subarray(offset, offset + buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      offset += part.length;
      if (filled < buffer.length) continue;
      yield buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}
