/**
 * Binary PGM (P5) and PPM (P6) with any maximum value, of one or two bytes a sample. An ordinary PPM, up to 255, is read by
 * pipeline/common/io/ppm.ts, as data sets have it.
 * Format: https://netpbm.sourceforge.net/doc/pgm.html
 */
import { checkPictureSize } from "../common/io/picture_size.ts";
import type { PngImage } from "../common/io/png.ts";

/** Blanks, and comments from # to the end of their line. */
const BLANK = String.raw`(?:[ \t\n\v\f\r]|#[^\n\r]*[\n\r])+`;
const HEADER = new RegExp(
  `^P[56]${BLANK}(\\d{1,9})${BLANK}(\\d{1,9})${BLANK}(\\d{1,9})[ \\t\\n\\v\\f\\r]`,
);
const LONGEST_HEADER = 4096;

/** Samples as PngImage has them; a maximum value below 255, or between 255 and 65535, is made that. */
export type Samples = Omit<PngImage, "orientation">;

/** Whether a file is a PGM, or a PPM whose maximum value is another than 255. */
export function isNetpbm(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x50) return false;
  return bytes[1] === 0x35 || bytes[1] === 0x36 && maximumOf(bytes) !== 255;
}

/**
 * @param name the file's name, for errors
 * @throws {Error} on a damaged header, too large a picture, too few or too many bytes, a sample above the maximum value
 */
export function readNetpbm(bytes: Uint8Array, name: string): Samples {
  const found = headerOf(bytes);
  if (!found) {
    throw new Error(
      `Cannot read ${name}: its header has no width, height and maximum value between blanks. It is truncated or damaged.`,
    );
  }
  const [width, height, maximum] = found.slice(1).map(Number);
  if (!(maximum >= 1 && maximum <= 65535)) {
    throw new Error(
      `Cannot read ${name}: its maximum value must be 1 to 65535, got ${maximum}. It is damaged.`,
    );
  }
  const channels = bytes[1] === 0x35 ? 1 : 3, depth = maximum > 255 ? 16 : 8;
  checkPictureSize(width, height, 3 * depth / 8, name);
  const samples = width * height * channels, wanted = samples * depth / 8;
  const data = bytes.subarray(found[0].length);
  if (data.length !== wanted) {
    throw new Error(
      `Cannot read ${name}: ${width} x ${height} pixels take ${wanted} bytes behind its header, it holds ${data.length}. ` +
        (data.length < wanted
          ? "It is truncated."
          : "It is damaged, or holds several pictures: one a file is read."),
    );
  }
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

function maximumOf(bytes: Uint8Array): number | undefined {
  const found = headerOf(bytes);
  return found ? Number(found[3]) : 255;
}

function headerOf(bytes: Uint8Array): RegExpExecArray | null {
  return HEADER.exec(new TextDecoder("latin1").decode(bytes.subarray(0, LONGEST_HEADER)));
}
