/**
 * The two pictures of a pair as 8-bit RGB, which the network sees. Where both have 16 bits and leave upper ones unused, as cameras
 * of 10 to 14 bits and microscopes do, the upper 8 of the used ones are taken, the same of both: their brightness stays comparable.
 */
import { turned } from "../common/io/exif.ts";
import { type Picture, readPicture } from "../common/io/picture_file.ts";
import { decodePng, rgb8 } from "../common/io/png.ts";
import { isDeepNetpbm, isNetpbm, readNetpbm, type Samples } from "./netpbm.ts";

const PNG = 0x89, P = 0x50;
/** Where a PNG has its bits a sample. */
const PNG_DEPTH_AT = 24;
/** Of a sample in 16 bits. */
const ALL = 16, SEEN = 8;

/** A picture whose bits are chosen later. */
export interface RawPicture {
  readonly width: number;
  readonly height: number;
  /** Bits that its largest sample needs, at least 8; undefined of a picture of 8 bits. */
  readonly usedBits?: number;
  /** The upper 8 of so many bits, at least as many as are used. */
  seen(bits: number): Picture;
}

/**
 * Reads a PNG, a JPEG, or a binary PPM or PGM.
 * @param name the file's name, for errors
 * @throws {Error} when the file is none of them, not whole, or too large
 */
export function readRawPicture(bytes: Uint8Array, name: string): RawPicture {
  if (isNetpbm(bytes)) return raw(readNetpbm(bytes, name), 1);
  if (bytes[0] === P && /[1-47]/.test(String.fromCharCode(bytes[1]))) {
    throw new Error(
      `Cannot read ${name}: it is a P${
        String.fromCharCode(bytes[1])
      } of Netpbm, of which binary PPM (P6) and PGM (P5) ` +
        `are read. Convert it to PNG.`,
    );
  }
  if (bytes[0] === PNG) {
    const { orientation, ...samples } = decodePng(bytes, name);
    return raw(samples, orientation);
  }
  const picture = readPicture(bytes, name);
  return { width: picture.width, height: picture.height, seen: () => picture };
}

/** Whether a picture has 16 bits a sample, by its first bytes alone. */
export function isDeep(bytes: Uint8Array): boolean {
  return bytes[0] === PNG ? bytes[PNG_DEPTH_AT] === ALL : isDeepNetpbm(bytes);
}

/**
 * Reads a picture by itself: a PNG, a JPEG, or a binary PPM or PGM. Of 16 bits the upper 8 are taken, used or not, since which are
 * used is a matter of both pictures of a pair: readPicturePair() reads these.
 * @param name the file's name, for errors
 * @throws {Error} when the file is none of them, not whole, or too large
 */
export function readSinglePicture(bytes: Uint8Array, name: string): Picture {
  return readRawPicture(bytes, name).seen(ALL);
}

function raw(samples: Samples, orientation: number): RawPicture {
  const { width, height, channels, depth, data } = samples;
  const asRgb = (data: Samples["data"]) =>
    turned(width, height, rgb8({ ...samples, data }), orientation);
  if (depth === SEEN) {
    const picture = asRgb(data);
    return { width: picture.width, height: picture.height, seen: () => picture };
  }
  const colours = channels % 2 === 0 ? channels - 1 : channels;
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    if (i % channels < colours && data[i] > largest) largest = data[i];
  }
  const upright = asRgb(data);
  return {
    width: upright.width,
    height: upright.height,
    usedBits: Math.max(SEEN, 32 - Math.clz32(largest)),
    seen: (bits) => bits === ALL ? upright : asRgb(data.map((value) => value << (ALL - bits))),
  };
}

export interface SeenPair {
  readonly frame1: Picture;
  readonly frame2: Picture;
  /** Absent where both are of 8 bits: how many of 16 bits the upper 8 of are taken. */
  readonly bits?: number;
  /** Whether one has 8 bits and the other leaves some of its 16 unused: they hardly fit together. */
  readonly unequal: boolean;
}

/** The same bits of both, in 8-bit RGB. */
export function seenTogether(one: RawPicture, two: RawPicture): SeenPair {
  const used = [one, two].flatMap(({ usedBits }) => usedBits ?? []);
  if (used.length === 0) return { frame1: one.seen(ALL), frame2: two.seen(ALL), unequal: false };
  const bits = used.length === 2 ? Math.max(...used) : ALL;
  const unequal = used.length === 1 && used[0] < ALL;
  return { frame1: one.seen(bits), frame2: two.seen(bits), bits, unequal };
}

/**
 * The two pictures of a pair, of which 16-bit ones are reduced to 8 bits together.
 * @param one bytes of a PNG, a JPEG, or a binary PPM or PGM
 * @param names of the files, for errors
 * @throws {Error} as readRawPicture()
 */
export function readPicturePair(
  one: Uint8Array,
  two: Uint8Array,
  names: readonly [string, string],
): [Picture, Picture] {
  const { frame1, frame2 } = seenTogether(
    readRawPicture(one, names[0]),
    readRawPicture(two, names[1]),
  );
  return [frame1, frame2];
}
