/** Streams that unfold to very many zeros, made without folding so many: bombs. */
import { Buffer } from "node:buffer";
import { constants, deflateRawSync } from "node:zlib";
import { joinBytes } from "./reader.ts";

const BLOCK = 1 << 20;
/** The last block of a stream, empty. */
const END = Uint8Array.of(1, 0, 0, 255, 255);
const ZLIB_HEADER = Uint8Array.of(0x78, 0xda);
const ADLER = 65521;

/** Raw deflate of `megabytes` MiB of zeros, a thousandth of that in size. */
export function deflatedZeros(megabytes: number): Uint8Array<ArrayBuffer> {
  const block = deflateRawSync(Buffer.alloc(BLOCK), {
    level: 9,
    finishFlush: constants.Z_FULL_FLUSH,
  });
  return joinBytes(...Array.from({ length: megabytes }, () => block), END);
}

/** The same as a zlib stream, its checksum right. */
export function zlibZeros(megabytes: number): Uint8Array<ArrayBuffer> {
  const sum = new Uint8Array(4);
  // Adler-32 of zeros: the first sum stays 1, the second counts the bytes.
  new DataView(sum.buffer).setUint32(0, ((megabytes * BLOCK) % ADLER) * 65536 + 1);
  return joinBytes(ZLIB_HEADER, deflatedZeros(megabytes), sum);
}
