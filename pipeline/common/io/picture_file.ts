/** A picture of any format that is read, by its first bytes: an ending may have been changed by hand. */
import { turned } from "./exif.ts";
import { readJpeg } from "./jpeg.ts";
import { decodePng, rgb8 } from "./png.ts";
import { readPpm } from "./ppm.ts";
import { unreadable } from "./text.ts";

const P = 0x50, ONE = 0x31, SEVEN = 0x37;
const PNG = 0x89;

export interface Picture {
  width: number;
  height: number;
  /**
   * [H, W, 3], 8-bit RGB: grey is repeated, alpha dropped, of 16 bits the upper 8 are taken, and what Exif says of the camera's
   * orientation is done.
   */
  data: Uint8Array;
}

/**
 * Reads a PNG, a JPEG or a binary PPM.
 * @param name the file's name, for errors
 * @throws {Error} when the file is none of them, not whole, or too large
 */
export function readPicture(bytes: Uint8Array, name: string): Picture {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg(bytes, name);
  if (bytes[0] === P && bytes[1] >= ONE && bytes[1] <= SEVEN) return readPpm(bytes, name);
  if (bytes.length > 0 && bytes[0] !== PNG) {
    throw unreadable(name, "it does not start like a PNG, JPEG or PPM file", "Convert it to PNG.");
  }
  const png = decodePng(bytes, name);
  return turned(png.width, png.height, rgb8(png), png.orientation);
}
