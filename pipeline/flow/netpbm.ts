/**
 * Binary PGM (P5) and PPM (P6) with any maximum value, of one or two bytes a sample. An ordinary PPM, up to 255, is read by
 * pipeline/common/io/ppm.ts, as data sets have it.
 * Format: https://netpbm.sourceforge.net/doc/pgm.html
 */
import { checkPictureSize } from "../common/io/picture_size.ts";
import type { PngImage } from "../common/io/png.ts";

const LONGEST_COMMENT = 256;
const LINE_FEED = 0x0a, CARRIAGE_RETURN = 0x0d, HASH = 0x23;

/**
 * Samples as PngImage has them. Those of another maximum value than 255 or 65535 are scaled to the one that their bytes can hold:
 * sample * 65535 / maximum, rounded.
 */
export type Samples = Omit<PngImage, "orientation">;

/** Whether a file is a PGM, or a PPM whose maximum value is another than 255. */
export function isNetpbm(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x50) return false;
  return bytes[1] === 0x35 || bytes[1] === 0x36 && (headerOf(bytes)?.maximum ?? 255) !== 255;
}

/** Whether a file is a PGM or PPM of two bytes a sample. */
export function isDeepNetpbm(bytes: Uint8Array): boolean {
  return isNetpbm(bytes) && (headerOf(bytes)?.maximum ?? 0) > 255;
}

/**
 * @param name the file's name, for errors
 * @throws {Error} on a damaged header, too large a picture, too few or too many bytes, a sample above the maximum value
 */
export function readNetpbm(bytes: Uint8Array, name: string): Samples {
  const header = headerOf(bytes);
  if (!header) {
    throw new Error(
      `Cannot read ${name}: its header has no width, height and maximum value between blanks. It is truncated or damaged.`,
    );
  }
  const { width, height, maximum, end } = header;
  if (!(maximum >= 1 && maximum <= 65535)) {
    throw new Error(
      `Cannot read ${name}: its maximum value must be 1 to 65535, got ${maximum}. It is damaged.`,
    );
  }
  const channels = bytes[1] === 0x35 ? 1 : 3, depth = maximum > 255 ? 16 : 8;
  checkPictureSize(width, height, 3 * depth / 8, name);
  const samples = width * height * channels, wanted = samples * depth / 8;
  const start = end + separatorBytes(bytes, end, wanted);
  const held = bytes.length - start;
  if (held !== wanted) {
    const comment = commentAt(bytes, start);
    const why = comment !== undefined
      ? `They begin with ${comment}, a comment behind the maximum value, which the format has not. Remove it with its line break.`
      : held < wanted
      ? "It is truncated."
      : "It is damaged, or holds several pictures: one a file is read.";
    throw new Error(
      `Cannot read ${name}: ${width} x ${height} pixels take ${wanted} bytes behind its header, it holds ${held}. ${why}`,
    );
  }
  const data = bytes.subarray(start);
  const full = depth === 16 ? 65535 : 255;
  const values = depth === 16 ? new Uint16Array(samples) : new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    const value = depth === 16 ? data[2 * i] << 8 | data[2 * i + 1] : data[i];
    if (value > maximum) {
      throw new Error(
        `Cannot read ${name}: a sample is ${value}, above its maximum value ${maximum}. It is damaged.`,
      );
    }
    values[i] = Math.round(value * full / maximum);
  }
  return { width, height, channels, depth, data: values };
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly maximum: number;
  /** Where the maximum value ends. */
  readonly end: number;
}

/** Undefined of one that is not three numbers, each between blanks. */
function headerOf(bytes: Uint8Array): Header | undefined {
  const numbers: number[] = [];
  let end = 2;
  while (numbers.length < 3) {
    const start = skipBlank(bytes, end);
    end = start;
    while (isDigit(bytes[end])) end++;
    if (end === start || start === 2 || !isBlank(bytes[end])) return undefined;
    numbers.push(Number(asText(bytes.subarray(start, end))));
  }
  const [width, height, maximum] = numbers;
  return { width, height, maximum, end };
}

/** One, or two where the header was written as text of Windows: by the rule of ppm.ts. @param wanted bytes of the samples */
function separatorBytes(bytes: Uint8Array, end: number, wanted: number): number {
  if (bytes[end] !== CARRIAGE_RETURN || bytes[end + 1] !== LINE_FEED) return 1;
  const header = asText(bytes.subarray(0, end));
  const fits = end + 1 + wanted === bytes.length;
  return /\r(?!\n)/.test(header) || (fits && !header.includes("\r\n")) ? 1 : 2;
}

/** A line of words where samples should begin, which some write there; a sample may be 35, a #, too. */
function commentAt(bytes: Uint8Array, start: number): string | undefined {
  const text = asText(bytes.subarray(start, start + LONGEST_COMMENT));
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

function asText(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
