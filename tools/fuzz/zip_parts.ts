/**
 * Zip archives put together field by field, so that they can claim anything; and where the fields of one are.
 * Format: APPNOTE 4.3 to 4.5.
 */
import { crc32 } from "./mutations/checksums.ts";
import { bytesOf, joinBytes } from "./reader.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
export const END = 0x06054b50;

/** Fields of each kind of record: name, place in it, bytes. */
export const FIELDS: Readonly<
  Record<number, readonly [name: string, at: number, width: 2 | 4][]>
> = {
  [LOCAL]: [
    ["flags", 6, 2],
    ["method", 8, 2],
    ["crc", 14, 4],
    ["packed size", 18, 4],
    ["size", 22, 4],
    ["name length", 26, 2],
    ["extra length", 28, 2],
  ],
  [CENTRAL]: [
    ["version", 6, 2],
    ["flags", 8, 2],
    ["method", 10, 2],
    ["crc", 16, 4],
    ["packed size", 20, 4],
    ["size", 24, 4],
    ["name length", 28, 2],
    ["extra length", 30, 2],
    ["comment length", 32, 2],
    ["disk", 34, 2],
    ["attributes", 38, 4],
    ["offset", 42, 4],
  ],
  [END]: [
    ["disk", 4, 2],
    ["entries here", 8, 2],
    ["entries", 10, 2],
    ["table size", 12, 4],
    ["table offset", 16, 4],
    ["comment length", 20, 2],
  ],
};

const LENGTHS: Readonly<Record<number, number>> = { [LOCAL]: 30, [CENTRAL]: 46, [END]: 22 };

/** What an entry claims; what is left out is what its content says. */
export interface EntryClaims {
  readonly name: string;
  readonly content: Uint8Array;
  /** 0 stored, 8 deflated: `content` is then the packed bytes. */
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly packedSize?: number;
  /** Unix mode and others; 0o120777 << 16 is a link. */
  readonly attributes?: number;
  /** Of the local record, instead of one of its own. */
  readonly offset?: number;
}

function record(signature: number, fields: Readonly<Record<string, number>>): Uint8Array {
  const bytes = new Uint8Array(LENGTHS[signature]);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  for (const [name, at, width] of FIELDS[signature]) {
    const value = fields[name] ?? 0;
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return bytes;
}

/** @param end fields of the last record that are to say something else */
export function zipOf(
  entries: readonly EntryClaims[],
  end: Readonly<Record<string, number>> = {},
): Uint8Array<ArrayBuffer> {
  const locals: Uint8Array[] = [], table: Uint8Array[] = [];
  let offset = 0, tableSize = 0;
  for (const entry of entries) {
    const name = bytesOf(entry.name);
    const fields = {
      // Names are UTF-8.
      flags: entry.flags ?? 0x800,
      method: entry.method ?? 0,
      crc: entry.crc ?? crc32(entry.content),
      "packed size": entry.packedSize ?? entry.content.length,
      size: entry.size ?? entry.content.length,
      "name length": name.length,
    };
    const own = entry.offset === undefined;
    const central = joinBytes(
      record(CENTRAL, {
        ...fields,
        // Version 2.0, made on Unix.
        version: 20,
        attributes: entry.attributes ?? 0o100644 * 65536,
        offset: entry.offset ?? offset,
      }),
      name,
    );
    // Made on Unix, so that attributes are a mode.
    central[5] = 3;
    table.push(central);
    tableSize += central.length;
    if (!own) continue;
    const local = joinBytes(record(LOCAL, fields), name, entry.content);
    locals.push(local);
    offset += local.length;
  }
  const last = record(END, {
    "entries here": Math.min(entries.length, 65535),
    entries: Math.min(entries.length, 65535),
    "table size": tableSize,
    "table offset": offset,
    ...end,
  });
  return joinBytes(...locals, ...table, last);
}

/** Where records begin. */
export function recordsOf(zip: Uint8Array): [at: number, signature: number][] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const records: [number, number][] = [];
  for (let at = 0; at + 4 <= zip.length; at++) {
    const signature = view.getUint32(at, true);
    if (signature in FIELDS) records.push([at, signature]);
  }
  return records;
}
