/** Changes of a PNG that leave it a list of chunks with right checksums. */
import type { Rng } from "../../../pipeline/common/rng.ts";
import { bytesOf, joinBytes, textOf } from "../reader.ts";
import { type Mutate, mutateBytes } from "./bytes.ts";
import { crc32 } from "./checksums.ts";
import { pick, writeEdge } from "./numbers.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Length, type and checksum of a chunk. */
const FRAME_BYTES = 12;

export interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Chunks of a whole file. */
export function chunksOf(png: Uint8Array): Chunk[] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = view.getUint32(at);
    const type = textOf(png.subarray(at + 4, at + 8));
    chunks.push({ type, data: png.slice(at + 8, at + 8 + length) });
    at += FRAME_BYTES + length;
  }
  return chunks;
}

/** A file of any chunks. */
export function pngOf(chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> {
  const parts = chunks.map(({ type, data }) => {
    const body = joinBytes(bytesOf(type), data);
    const length = new Uint8Array(4), sum = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, data.length);
    new DataView(sum.buffer).setUint32(0, crc32(body));
    return joinBytes(length, body, sum);
  });
  return joinBytes(SIGNATURE, ...parts);
}

type Edit = (chunks: Chunk[], at: number, rng: Rng) => string;

const edits: readonly Edit[] = [
  (chunks, at, rng) => {
    const { type, data } = chunks[at];
    const mutant = mutateBytes(data, rng);
    chunks[at] = { type, data: mutant.bytes };
    return `in ${type}: ${mutant.how}`;
  },
  (chunks, _at, rng) => {
    const data = chunks[0].data.slice();
    const how = writeEdge(data, rng.integer(data.length), rng);
    chunks[0] = { type: chunks[0].type, data };
    return `in IHDR: ${how}`;
  },
  (chunks, at) => `${chunks.splice(at, 1)[0].type} removed`,
  (chunks, at) => {
    chunks.splice(at, 0, chunks[at]);
    return `${chunks[at].type} twice`;
  },
  (chunks, at, rng) => {
    const other = rng.integer(chunks.length);
    [chunks[at], chunks[other]] = [chunks[other], chunks[at]];
    return `chunks ${at} and ${other} exchanged`;
  },
  (chunks, at, rng) => {
    const type = pick(["PLTE", "tRNS", "IHDR", "IDAT", "iCCP", "acTL", "fdAT", "IEND"], rng);
    const data = Uint8Array.from({ length: rng.integer(20) }, () => rng.integer(256));
    chunks.splice(at, 0, { type, data });
    return `${type} of ${data.length} bytes before chunk ${at}`;
  },
];

export const mutatePng: Mutate = (bytes, rng) => {
  const chunks = chunksOf(bytes);
  const how = pick(edits, rng)(chunks, rng.integer(chunks.length), rng);
  return { bytes: pngOf(chunks), how: `${how}, checksums right`, sealed: true };
};
