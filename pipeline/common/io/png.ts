/**
 * PNG pictures of every colour type, depth and kind of interlacing, as whole samples of 8 or 16 bits. A picture has an
 * alpha channel where the file says anything of transparency, be it a channel, a list beside the palette or one
 * transparent colour. Gamma and colour profiles are not applied: samples are as stored. A file that is not whole, to its
 * last byte, is refused, as is an animation.
 * Format: https://www.w3.org/TR/png-3/
 */
import { tiffOrientation } from "./exif.ts";
import { checkPictureSize } from "./picture_size.ts";
import { readChunks } from "./png_chunks.ts";
import { encodeSamples } from "./png_encode.ts";
import { readRows } from "./png_rows.ts";
import { pictureKind, placeRows } from "./png_samples.ts";

export interface PngImage {
  width: number;
  height: number;
  /** 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA. */
  channels: number;
  /** Bits of a sample. */
  depth: 8 | 16;
  /** [H, W, channels] */
  data: Uint8Array | Uint16Array;
  /** 1 to 8 as Exif counts them: how the picture is to be turned to be seen upright. Samples are as stored. */
  orientation: number;
}

/**
 * Reads a PNG file.
 * @param name the file's name, for errors
 * @throws {Error} when the file is not a whole PNG of one picture, or the picture is too large
 */
export function decodePng(bytes: Uint8Array, name: string): PngImage {
  const chunks = readChunks(bytes, name);
  const { width, height } = chunks.header;
  const { channels, depth } = pictureKind(chunks);
  // As RGB at least, which grey becomes in the end.
  checkPictureSize(width, height, Math.max(3, channels) * depth / 8, name);
  const length = width * height * channels;
  const data = depth === 16 ? new Uint16Array(length) : new Uint8Array(length);
  readRows(chunks.header, chunks.data, name, placeRows(chunks, data, name));
  const orientation = chunks.exif === undefined ? 1 : tiffOrientation(chunks.exif);
  return { width, height, channels, depth, data, orientation };
}

/**
 * Writes a PNG file; the depth is 8 or 16 bits by the type of `data`.
 * @throws {Error} when the length of data and the size disagree
 */
export function encodePng(
  { width, height, channels, data }: Omit<PngImage, "depth" | "orientation">,
): Uint8Array<ArrayBuffer> {
  if (!(channels >= 1 && channels <= 4) || data.length !== width * height * channels) {
    throw new Error(
      `Cannot write a PNG: data must be [${height}, ${width}, 1 to 4 channels], got ` +
        `${data.length} values for ${channels} channels.`,
    );
  }
  return encodeSamples(width, height, channels, data);
}

/**
 * The picture as 8-bit RGB [H, W, 3]: grey is repeated, alpha dropped, 16 bits cut to the upper 8.
 */
export function rgb8(
  { width, height, channels, depth, data }: Omit<PngImage, "orientation">,
): Uint8Array {
  if (channels === 3 && data instanceof Uint8Array) return data;
  const rgb = new Uint8Array(width * height * 3);
  const shift = depth - 8;
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) {
      rgb[3 * i + c] = data[i * channels + (channels < 3 ? 0 : c)] >> shift;
    }
  }
  return rgb;
}
