/**
 * PNG pictures, thin over fast-png: 8 and 16 bits, grey, grey + alpha, RGB, RGBA. Palettes become
 * RGB or RGBA and grey below 8 bits is widened to 8, so that callers see whole samples only.
 * Every chunk's checksum is verified.
 */
import { convertIndexedToRgb, decode, type DecodedPng, encode } from "fast-png";
import { encodePng8 } from "./png_encode.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const LARGEST_SIDE = 32768;

export interface PngImage {
  width: number;
  height: number;
  /** 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA. */
  channels: number;
  /** Bits of a sample. */
  depth: 8 | 16;
  /** [H, W, channels] */
  data: Uint8Array | Uint16Array;
}

/**
 * Reads a PNG file.
 * @param name the file's name, for errors
 * @throws {Error} when the file is not a PNG, is truncated or damaged, or its sides are absurd
 */
export function decodePng(bytes: Uint8Array, name: string): PngImage {
  checkStructure(bytes, name);
  let png: DecodedPng;
  try {
    // A copy where needed: the decoder reads past a view's end into the buffer behind it.
    const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    png = decode(whole, { checkCrc: true });
  } catch (error) {
    const { message, cause } = error as Error;
    const detail = cause instanceof Error ? `${message} ${cause.message}` : message;
    throw new Error(`Cannot read ${name}: the PNG is damaged (${detail}).`);
  }
  const { width, height } = png;
  if (png.palette) {
    const data = convertIndexedToRgb(png);
    return { width, height, channels: data.length / (width * height), depth: 8, data };
  }
  if (png.depth === 16) {
    return { width, height, channels: png.channels, depth: 16, data: png.data as Uint16Array };
  }
  const data = png.depth === 8 ? png.data as Uint8Array : widen(png);
  return { width, height, channels: png.channels, depth: 8, data };
}

/**
 * Writes a PNG file; the depth is 8 or 16 bits by the type of `data`.
 * @throws {Error} when the length of data and the size disagree
 */
export function encodePng(
  { width, height, channels, data }: Omit<PngImage, "depth">,
): Uint8Array<ArrayBuffer> {
  if (!(channels >= 1 && channels <= 4) || data.length !== width * height * channels) {
    throw new Error(
      `Cannot write a PNG: data must be [${height}, ${width}, 1 to 4 channels], got ` +
        `${data.length} values for ${channels} channels.`,
    );
  }
  if (data instanceof Uint8Array) return encodePng8(width, height, channels, data);
  return encode({ width, height, channels, depth: 16, data }) as Uint8Array<ArrayBuffer>;
}

/**
 * The picture as 8-bit RGB [H, W, 3]: grey is repeated, alpha dropped, 16 bits cut to the upper 8.
 */
export function rgb8({ width, height, channels, depth, data }: PngImage): Uint8Array {
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

/** Walks the chunks, so that a cut file is called so and no size is believed blindly. */
function checkStructure(bytes: Uint8Array, name: string): void {
  const count = Math.min(bytes.length, SIGNATURE.length);
  if (count === 0) throw new Error(`Cannot read ${name}: the file is empty.`);
  if (!SIGNATURE.slice(0, count).every((byte, i) => bytes[i] === byte)) {
    throw new Error(`Cannot read ${name}: it does not start like a PNG file.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = SIGNATURE.length;
  for (let type = ""; type !== "IEND";) {
    if (offset + 12 > bytes.length) throw truncated(bytes, name);
    const length = view.getUint32(offset);
    type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (offset + 12 + length > bytes.length) throw truncated(bytes, name);
    if (type === "IHDR" && length >= 8) {
      const width = view.getUint32(offset + 8), height = view.getUint32(offset + 12);
      if (!(width >= 1 && width <= LARGEST_SIDE && height >= 1 && height <= LARGEST_SIDE)) {
        throw new Error(
          `Cannot read ${name}: its size is ${width} x ${height}, sides must lie between 1 and ${LARGEST_SIDE}.`,
        );
      }
    }
    offset += 12 + length;
  }
}

function truncated(bytes: Uint8Array, name: string): Error {
  return new Error(
    `Cannot read ${name}: the PNG is truncated, it ends after ${bytes.length} bytes within a chunk.`,
  );
}

/** Samples of 1, 2 or 4 bits, rows padded to bytes, scaled to the full range of 8 bits. */
function widen({ width, height, channels, depth, data }: DecodedPng): Uint8Array {
  const rowSamples = width * channels;
  const rowBytes = Math.ceil(rowSamples * depth / 8);
  const maximum = (1 << depth) - 1;
  const wide = new Uint8Array(rowSamples * height);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < rowSamples; i++) {
      const byte = data[y * rowBytes + ((i * depth) >> 3)];
      const sample = (byte >> (8 - depth - ((i * depth) & 7))) & maximum;
      wide[y * rowSamples + i] = sample * 255 / maximum;
    }
  }
  return wide;
}
