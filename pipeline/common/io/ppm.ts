/**
 * Binary PPM (P6), 8 bits: the pictures of FlyingChairs. Only reading is needed.
 * Format: https://netpbm.sourceforge.net/doc/ppm.html
 */

const LARGEST_SIDE = 32768;

export interface PpmImage {
  width: number;
  height: number;
  /** [H, W, 3] */
  data: Uint8Array;
}

/**
 * Reads a P6 file with a maximum value of 255.
 * @param name the file's name, for errors
 * @throws {Error} on another format, an absurd size, or too few bytes
 */
export function readPpm(bytes: Uint8Array, name: string): PpmImage {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x36) {
    throw new Error(`Cannot read ${name}: a binary PPM file starts with P6, this one does not.`);
  }
  let offset = 2;
  const number = (what: string): number => {
    offset = skipBlank(bytes, offset);
    const start = offset;
    while (offset < bytes.length && isDigit(bytes[offset])) offset++;
    if (offset === start) {
      throw new Error(
        `Cannot read ${name}: its header has no ${what}. It is truncated or damaged.`,
      );
    }
    return Number(new TextDecoder().decode(bytes.subarray(start, offset)));
  };
  const width = number("width"), height = number("height"), maximum = number("maximum value");
  if (!(width >= 1 && width <= LARGEST_SIDE && height >= 1 && height <= LARGEST_SIDE)) {
    throw new Error(
      `Cannot read ${name}: its size is ${width} x ${height}, sides must lie between 1 and ${LARGEST_SIDE}.`,
    );
  }
  if (maximum !== 255) {
    throw new Error(`Cannot read ${name}: its maximum value must be 255, got ${maximum}.`);
  }
  // Exactly one blank separates the header from the samples.
  const start = offset + 1;
  const length = width * height * 3;
  if (bytes.length < start + length) {
    throw new Error(
      `Cannot read ${name}: ${width} x ${height} pixels take ${length} bytes after the header, ` +
        `the file holds ${Math.max(0, bytes.length - start)}. It is truncated.`,
    );
  }
  return { width, height, data: bytes.slice(start, start + length) };
}

/** Blanks and comments from # to the end of the line. */
function skipBlank(bytes: Uint8Array, offset: number): number {
  while (offset < bytes.length) {
    if (bytes[offset] === 0x23) {
      while (offset < bytes.length && bytes[offset] !== 0x0a) offset++;
    } else if (bytes[offset] > 0x20) return offset;
    else offset++;
  }
  return offset;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
