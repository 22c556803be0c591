/**
 * The chunks of a PNG file, its outer shell: which there must be, and in which order (PNG specification, third edition,
 * section 5). All checksums are verified, and nothing may be left over.
 */
import {
  PALETTE_COLOUR,
  paletteProblem,
  type PngHeader,
  readHeader,
  transparencyProblem,
} from "./png_header.ts";

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

export interface PngChunks {
  readonly header: PngHeader;
  /** [entries, 3] RGB, only of pictures whose pixels are indices; what is suggested for others is left out. */
  readonly palette?: Uint8Array;
  /** Content of tRNS: alpha of the palette's first entries, or the one transparent colour, 16 bits a sample. */
  readonly transparency?: Uint8Array;
  /** Content of eXIf, of which there is one at most. */
  readonly exif?: Uint8Array;
  /** The compressed samples, in pieces; as many as there are chunks, so they are not kept. */
  readonly data: Iterable<Uint8Array>;
}

/**
 * Walks all chunks. What is ancillary and does not change samples (gamma, text, ...) is checked for damage only.
 * @param name the file's name, for errors
 * @throws {Error} when anything is damaged, cut, missing, out of order or left over, or the file is an animation
 */
export function readChunks(bytes: Uint8Array, name: string): PngChunks {
  checkSignature(bytes, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const seen = new Map<string, Uint8Array>();
  let dataStart = 0, dataEnd = 0;
  let header: PngHeader | undefined;
  let previous = "";
  let offset = SIGNATURE.length;
  while (previous !== "IEND") {
    const { type, content, end } = readChunk(bytes, view, offset, name);
    const wrong = (reason: string) => pngDamaged(name, `its chunk ${type} ${reason}`);
    if (header === undefined) {
      if (type !== "IHDR") throw pngDamaged(name, `it starts with a chunk ${type}, not IHDR`);
      const read = readHeader(content);
      if (typeof read === "string") throw pngDamaged(name, read);
      header = read;
      seen.set(type, content);
    } else if (type === "IDAT") {
      if (dataEnd > 0 && previous !== "IDAT") throw wrong("does not follow the one before");
      if (header.colourType === PALETTE_COLOUR && !seen.has("PLTE")) {
        throw wrong("comes before a palette, PLTE");
      }
      if (dataEnd === 0) dataStart = offset;
      dataEnd = end;
    } else if (["IHDR", "PLTE", "tRNS"].includes(type)) {
      if (seen.has(type)) throw wrong("is there twice");
      if (dataEnd > 0) throw wrong("comes after the picture's data");
      const reason = type === "PLTE"
        ? paletteProblem(content, header, seen.has("tRNS"))
        : transparencyProblem(content, header, seen.get("PLTE"));
      if (reason !== undefined) throw wrong(reason);
      seen.set(type, content);
    } else if (type === "eXIf") {
      if (seen.has(type)) throw wrong("is there twice");
      seen.set(type, content);
    } else if (type === "IEND") {
      if (content.length > 0) throw wrong(`must be empty, it holds ${content.length} bytes`);
      if (dataEnd === 0) throw pngDamaged(name, "it holds no picture, no chunk IDAT");
    } else if (type === "acTL") {
      throw new Error(
        `Cannot read ${name}: it is an animation (APNG), which picture of it is meant is not known. ` +
          `Save the one that you want as a plain PNG.`,
      );
    } else if (!(type.charCodeAt(0) & 0x20)) {
      throw wrong("is needed to read it, but of no known kind");
    }
    previous = type;
    offset = end;
  }
  if (offset < bytes.length) {
    throw pngDamaged(name, `${bytes.length - offset} bytes lie behind its end`);
  }
  const hasIndices = header!.colourType === PALETTE_COLOUR;
  return {
    header: header!,
    palette: hasIndices ? seen.get("PLTE") : undefined,
    transparency: seen.get("tRNS"),
    exif: seen.get("eXIf"),
    data: { [Symbol.iterator]: () => contents(bytes, view, dataStart, dataEnd) },
  };
}

/** A chunk as it stands in a file: length, type, content, checksum of type and content. */
export function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes, 4, 8 + content.length));
  return bytes;
}

/** The error for a file that is a PNG, but not a whole one. */
export function pngDamaged(name: string, reason: string): Error {
  return new Error(`Cannot read ${name}: the PNG is damaged, ${reason}. Fetch or make it anew.`);
}

/** Of the bytes from start to end. */
function crc32(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffffffff;
  for (let i = start; i < end; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

function checkSignature(bytes: Uint8Array, name: string): void {
  if (bytes.length === 0) throw new Error(`Cannot read ${name}: the file is empty.`);
  if (!SIGNATURE.every((byte, i) => i >= bytes.length || bytes[i] === byte)) {
    throw new Error(`Cannot read ${name}: it does not start like a PNG file.`);
  }
}

/** Contents of the chunks from one byte to another; readChunks() has verified them. */
function* contents(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): Generator<Uint8Array> {
  for (let offset = start; offset < end;) {
    const length = view.getUint32(offset);
    yield bytes.subarray(offset + 8, offset + 8 + length);
    offset += 12 + length;
  }
}

function readChunk(bytes: Uint8Array, view: DataView, offset: number, name: string) {
  const start = offset + 8;
  const end = start <= bytes.length ? start + view.getUint32(offset) + 4 : Infinity;
  if (end > bytes.length) {
    throw new Error(
      `Cannot read ${name}: the PNG is truncated, it ends after ${bytes.length} bytes within a chunk or before ` +
        `the last. Fetch or make it anew.`,
    );
  }
  const type = String.fromCharCode(
    bytes[offset + 4],
    bytes[offset + 5],
    bytes[offset + 6],
    bytes[offset + 7],
  );
  if (!/^[A-Za-z]{4}$/.test(type)) {
    throw pngDamaged(name, `the chunk at byte ${offset} has no name of four letters`);
  }
  if (crc32(bytes, offset + 4, end - 4) !== view.getUint32(end - 4)) {
    throw pngDamaged(name, `the checksum of its chunk ${type} at byte ${offset} is wrong`);
  }
  return { type, content: bytes.subarray(start, end - 4), end };
}
