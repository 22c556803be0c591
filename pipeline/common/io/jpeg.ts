/**
 * JPEG pictures, sequential and progressive, grey or in colour, as 8-bit RGB, upright. Colour profiles are not applied. A file
 * that is not whole is refused as far as the format tells: its code has no checksums.
 * Format: https://www.w3.org/Graphics/JPEG/itu-t81.pdf
 */
import jpeg from "jpeg-js";
import { exifOrientation, turned } from "./exif.ts";
import type { JpegFrame } from "./jpeg_frame.ts";
import { jpegDamaged, readSegments } from "./jpeg_segments.ts";
import { checkPictureSize } from "./picture_size.ts";

/**
 * The decoder takes some 800 bytes of memory for each block of 8 x 8 samples. 7680 x 4320 pixels with halved colours, as
 * cameras write them, have 777600 blocks.
 */
const MOST_BLOCKS = 900_000;
/** What the decoder counts itself stays below it by MOST_BLOCKS; its own limit would speak of no file. */
const DECODER_LIMIT = { maxResolutionInMP: 2 ** 20, maxMemoryUsageInMB: 2 ** 20 };

export interface JpegImage {
  width: number;
  height: number;
  /** [H, W, 3] */
  data: Uint8Array;
}

/**
 * Reads a JPEG file; grey is repeated, and what Exif says of the camera's orientation is done.
 * @param name the file's name, for errors
 * @throws {Error} when the file is cut or damaged, too large, CMYK, or of a rare kind (arithmetic code, 12 bits, lossless)
 */
export function readJpeg(bytes: Uint8Array, name: string): JpegImage {
  const { frame, plain, application } = readSegments(bytes, name, (frame) => {
    checkPictureSize(frame.width, frame.height, 3, name);
    checkBlocks(frame, bytes.length, name);
  });
  const options = {
    ...DECODER_LIMIT,
    useTArray: true as const,
    formatAsRGBA: false,
    tolerantDecoding: false,
    colorTransform: !storesRgb(frame, application),
  };
  let image;
  try {
    image = jpeg.decode(plain, options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw jpegDamaged(name, `its code cannot be followed (${error.message})`);
  }
  const orientation = exifOrientation(application.get(1) ?? []);
  return turned(image.width, image.height, image.data, orientation);
}

function checkBlocks({ width, height, blocks }: JpegFrame, fileBytes: number, name: string): void {
  const size = `its size is ${width} x ${height}, which has ${blocks} blocks of 8 x 8 samples`;
  if (blocks > MOST_BLOCKS) {
    throw new Error(
      `Cannot read ${name}: ${size}, as a JPEG at most ${MOST_BLOCKS} are read. Convert it to PNG, or make it smaller.`,
    );
  }
  // A block takes a bit at least.
  if (blocks / 8 > fileBytes) {
    throw new Error(
      `Cannot read ${name}: ${size}, too many for its ${fileBytes} bytes. It is truncated or damaged.`,
    );
  }
}

/** Whether the three components are red, green and blue, found as libjpeg finds it; else luma and two of colour. */
function storesRgb(
  { components }: JpegFrame,
  application: ReadonlyMap<number, readonly Uint8Array[]>,
): boolean {
  // A segment shorter than its kind does not count, and of several the last does.
  const last = (number: number, text: string, length: number) =>
    application.get(number)?.findLast((content) =>
      content.length >= length &&
      new TextDecoder("latin1").decode(content.subarray(0, text.length)) === text
    );
  if (last(0, "JFIF\0", 14)) return false;
  const adobe = last(14, "Adobe", 12);
  if (adobe !== undefined) return adobe[11] === 0;
  return String.fromCharCode(...components.map(({ id }) => id)) === "RGB";
}
