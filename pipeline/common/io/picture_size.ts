/**
 * How large a picture or flow map may be. What a header says is not believed: without a limit, a file of a few bytes
 * asks for any amount of memory.
 */

const LONGEST_SIDE = 32768;
/** 7680 x 4320 pixels of four channels of 16 bits take 265 MB, a PPM of 9400 x 9400 as much. */
const MOST_BYTES = 2 ** 28;

/**
 * @param pixelBytes what a pixel takes in memory
 * @param name the file's name, for errors
 * @throws {Error} when a side is not a number from 1 to 32768, or all pixels take more than 2^28 bytes
 */
export function checkPictureSize(
  width: number,
  height: number,
  pixelBytes: number,
  name: string,
): void {
  const isSide = (side: number) => side >= 1 && side <= LONGEST_SIDE;
  if (!isSide(width) || !isSide(height)) {
    throw new Error(
      `Cannot read ${name}: its size is ${width} x ${height}, sides must lie between 1 and ${LONGEST_SIDE}.`,
    );
  }
  const bytes = width * height * pixelBytes;
  if (bytes > MOST_BYTES) {
    throw new Error(
      `Cannot read ${name}: its size is ${width} x ${height}, which takes ${bytes} bytes in memory, the limit is ` +
        `${MOST_BYTES}. Make it smaller or cut it into parts.`,
    );
  }
}
