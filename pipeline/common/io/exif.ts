/**
 * How a camera was held, from a JPEG's segments APP1 or a PNG's chunk eXIf: most write rows as the sensor has them, and say
 * here how to turn them (Exif 2.3, section 4.6.4, tag 0x0112).
 */

const TAG = 0x0112;
const SHORT = 3;
const SIGNATURE = "Exif\0\0";

/**
 * @param contents of all segments APP1 in their order. Of those that are Exif the first counts; others, such as XMP, may
 *   stand before it
 * @returns 1 to 8 as Exif counts them; 1, upright, where none says anything that can be read, as viewers take it
 */
export function exifOrientation(contents: readonly Uint8Array[]): number {
  const content = contents.find((content) =>
    new TextDecoder("latin1").decode(content.subarray(0, SIGNATURE.length)) === SIGNATURE
  );
  return content === undefined ? 1 : tiffOrientation(content.subarray(SIGNATURE.length));
}

/**
 * @param tiff what Exif holds
 * @returns as exifOrientation()
 */
export function tiffOrientation(tiff: Uint8Array): number {
  if (tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return 1;
    if (view.getUint16(entry, little) !== TAG) continue;
    const value = view.getUint16(entry + 8, little);
    return view.getUint16(entry + 2, little) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/**
 * The picture as it is to be seen.
 * @param data [H, W, 3]
 * @param orientation 1 to 8
 */
export function turned(
  width: number,
  height: number,
  data: Uint8Array,
  orientation: number,
): { width: number; height: number; data: Uint8Array } {
  if (orientation === 1) return { width, height, data };
  const sideways = orientation > 4;
  const mirrored = [2, 3, 7, 8].includes(orientation);
  const upsideDown = [3, 4, 6, 7].includes(orientation);
  const [wide, high] = sideways ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  for (let y = 0, to = 0; y < high; y++) {
    for (let x = 0; x < wide; x++) {
      const [column, row] = sideways ? [y, x] : [x, y];
      const from = 3 * ((upsideDown ? height - 1 - row : row) * width +
        (mirrored ? width - 1 - column : column));
      for (let c = 0; c < 3; c++) out[to++] = data[from + c];
    }
  }
  return { width: wide, height: high, data: out };
}
