/**
 * PyTorch's archives without the zip64 record that each has, needed or not. Where it is not needed, the zip library takes
 * its bytes for more entries than were counted. Format: APPNOTE 4.3.14 to 4.3.16.
 */
import type { ByteSource } from "../fetch/archive.ts";

const END = 0x06054b50;
const END_BYTES = 22;
const RECORD = 0x06064b50;
/** The shortest, which is what is written; its own length says 12 less. */
const RECORD_BYTES = 56;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const EXTRA_BYTES = RECORD_BYTES + LOCATOR_BYTES;

/** The archive as the library reads it; without the record only where the last one says all that it says. */
export function plainZip(bytes: Uint8Array): ByteSource {
  const end = bytes.length - END_BYTES;
  const dropped = isRedundant(bytes, end) ? EXTRA_BYTES : 0;
  const before = bytes.subarray(0, end - dropped);
  const size = bytes.length - dropped;
  return {
    size,
    read: (offset, length) => {
      const until = Math.min(size, offset + length);
      if (until <= before.length) return Promise.resolve(before.slice(offset, until));
      const content = new Uint8Array(Math.max(0, until - offset));
      const first = before.subarray(Math.min(offset, before.length));
      content.set(first);
      const from = dropped + offset + first.length;
      content.set(bytes.subarray(from, dropped + until), first.length);
      return Promise.resolve(content);
    },
  };
}

/** Whether a record of zip64 lies before the last one, and says of the table of contents just what that says. */
function isRedundant(bytes: Uint8Array, end: number): boolean {
  const record = end - EXTRA_BYTES;
  if (record < 0) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const locator = record + RECORD_BYTES;
  const u16 = (at: number) => view.getUint16(at, true);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => view.getBigUint64(at, true);
  return u32(end) === END && u32(record) === RECORD && u32(locator) === LOCATOR &&
    u64(record + 4) === BigInt(RECORD_BYTES - 12) &&
    // On one disk, of which it is the first.
    u32(record + 16) === 0 && u32(record + 20) === 0 &&
    u32(locator + 4) === 0 && u64(locator + 8) === BigInt(record) &&
    u64(record + 24) === BigInt(u16(end + 8)) && u64(record + 32) === BigInt(u16(end + 10)) &&
    u64(record + 40) === BigInt(u32(end + 12)) && u64(record + 48) === BigInt(u32(end + 16));
}
