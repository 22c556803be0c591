/**
 * Binary PPM (P6), 8 bits: the pictures of FlyingChairs. Only reading is needed.
 * Format: https://netpbm.sourceforge.net/doc/ppm.html
 */
import { checkPictureSize } from "./picture_size.ts";

const LONGEST_COMMENT = 256;
const LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d, HASH = 0x23;

export interface PpmImage {
  width: number;
  height: number;
  /** [H, W, 3], a view of the file's bytes */
  data: Uint8Array;
}

/**
 * Reads a P6 file with a maximum value of 255.
 * @param name the file's name, for errors
 * @throws {Error} on another format, a damaged header, too large a picture, too few or too many bytes
 */
export function readPpm(bytes: Uint8Array, name: string): PpmImage {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x36) {
    throw new Error(`Cannot read ${name}: a binary PPM file starts with P6, this one does not.`);
  }
  let offset = 2;
  const number = (what: string): number => {
    const start = skipBlank(bytes, offset);
    offset = start;
    while (isDigit(bytes[offset])) offset++;
    // Numbers end with a blank: what else stands there may belong to them, as a comment within one would.
    if (offset === start || start === 2 || !isBlank(bytes[offset])) {
      throw new Error(
        `Cannot read ${name}: its header has no ${what} between blanks. It is truncated or damaged.`,
      );
    }
    return Number(new TextDecoder().decode(bytes.subarray(start, offset)));
  };
  const width = number("width"), height = number("height"), maximum = number("maximum value");
  if (maximum !== 255) {
    throw new Error(
      `Cannot read ${name}: its maximum value must be 255, got ${maximum}. Convert it, for example ` +
        `with pamdepth 255.`,
    );
  }
  checkPictureSize(width, height, 3, name);
  const length = width * height * 3;
  const start = offset + separatorBytes(bytes, offset, length);
  const left = bytes.length - start - length;
  const comment = left === 0 ? undefined : commentAt(bytes, start);
  if (comment !== undefined) {
    throw new Error(
      `Cannot read ${name}: ${comment} stands where its samples begin, a comment behind the maximum value, which the ` +
        `format has not: other programs take it for samples, too. Remove the comment with its line break, or write the ` +
        `picture anew from its original.`,
    );
  }
  if (left < 0) {
    throw new Error(
      `Cannot read ${name}: ${width} x ${height} pixels take ${length} bytes after the header, ` +
        `the file holds ${length + left}. It is truncated.`,
    );
  }
  if (left > 0) {
    throw new Error(
      `Cannot read ${name}: it holds ${left} bytes behind its picture of ${width} x ${height} pixels. It is damaged, ` +
        `or holds several pictures: one a file is read, pamsplit makes that of it.`,
    );
  }
  return { width, height, data: bytes.subarray(start) };
}

/**
 * One blank separates the header from the samples. A header written as text of Windows ends in two, of which the second
 * would shift all samples by one. It is a sample where the lines above end in a carriage return alone, and where the file
 * is just as long as that; but not below lines of Windows, where such a file has lost its last byte.
 * @param length bytes of the samples
 */
function separatorBytes(bytes: Uint8Array, offset: number, length: number): number {
  if (bytes[offset] !== CARRIAGE_RETURN || bytes[offset + 1] !== LINE_FEED) return 1;
  const header = new TextDecoder("latin1").decode(bytes.subarray(0, offset));
  const fits = offset + 1 + length === bytes.length;
  return /\r(?!\n)/.test(header) || (fits && !header.includes("\r\n")) ? 1 : 2;
}

/**
 * Some write a comment there, of which a file that is not as long as its picture is told. Only what is a line of words
 * counts, since a picture may begin with the sample 35, a #, too.
 */
function commentAt(bytes: Uint8Array, start: number): string | undefined {
  if (bytes[start] !== HASH) return undefined;
  const text = new TextDecoder("latin1").decode(bytes.subarray(start, start + LONGEST_COMMENT));
  return /^# ?[A-Za-z][\w .,:;()/'"@+-]*(?=\r?\n)/.exec(text)?.[0];
}

/** Blanks and comments from # to the end of the line. */
function skipBlank(bytes: Uint8Array, offset: number): number {
  for (; isBlank(bytes[offset]) || bytes[offset] === HASH; offset++) {
    if (bytes[offset] !== HASH) continue;
    while (offset < bytes.length && !isLineEnd(bytes[offset])) offset++;
  }
  return offset;
}

/** Space, tab, line feed, vertical tab, form feed, carriage return. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte >= 0x09 && byte <= 0x0d;
}

function isLineEnd(byte: number): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
