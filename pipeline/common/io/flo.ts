/**
 * Middlebury's .flo: float32 202021.25, int32 width, int32 height, then u, v as float32, rows from
 * top to bottom, little-endian. Unknown flow is a component beyond 1e9 or, as the code that comes with
 * the format has it, one that is not a number.
 * Format: https://vision.middlebury.edu/flow/code/flow-code/README.txt
 */
import { checkPictureSize } from "./picture_size.ts";

const MAGIC = 202021.25;
const HEADER_BYTES = 12;
/** Two components of four bytes. */
const PIXEL_BYTES = 8;
const UNKNOWN_ABOVE = 1e9;
const UNKNOWN_VALUE = 1666666752;

export interface FlowFile {
  width: number;
  height: number;
  /** [H, W, 2], pixels; 0 where unknown. */
  flow: Float32Array;
  /** [H, W], 1 where the flow is known. */
  valid: Uint8Array;
}

/**
 * Reads a .flo file.
 * @param name the file's name, for errors
 * @throws {Error} on a wrong magic number, too large a size, too few or too many bytes
 */
export function readFlo(bytes: Uint8Array, name: string): FlowFile {
  if (bytes.byteLength < HEADER_BYTES) {
    throw new Error(
      `Cannot read ${name}: a .flo header takes ${HEADER_BYTES} bytes, the file holds ${bytes.byteLength}. It is truncated.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getFloat32(0, true);
  if (magic !== MAGIC) {
    throw new Error(
      `Cannot read ${name}: a .flo file starts with the number ${MAGIC}, this one with ${magic}. ` +
        `It is another format or was damaged on the way.`,
    );
  }
  const width = view.getInt32(4, true), height = view.getInt32(8, true);
  checkPictureSize(width, height, PIXEL_BYTES, name);
  const expected = HEADER_BYTES + width * height * PIXEL_BYTES;
  if (bytes.byteLength !== expected) {
    const left = bytes.byteLength - expected;
    const reason = left < 0 ? "is truncated" : `has ${left} bytes behind its end`;
    throw new Error(
      `Cannot read ${name}: ${width} x ${height} pixels take ${expected} bytes, the file holds ` +
        `${bytes.byteLength}. It ${reason}.`,
    );
  }
  const flow = new Float32Array(width * height * 2);
  const valid = new Uint8Array(width * height);
  for (let i = 0; i < valid.length; i++) {
    const u = view.getFloat32(HEADER_BYTES + i * PIXEL_BYTES, true);
    const v = view.getFloat32(HEADER_BYTES + i * PIXEL_BYTES + 4, true);
    // Written so that what is not a number counts as unknown.
    if (Math.abs(u) <= UNKNOWN_ABOVE && Math.abs(v) <= UNKNOWN_ABOVE) {
      flow[2 * i] = u;
      flow[2 * i + 1] = v;
      valid[i] = 1;
    }
  }
  return { width, height, flow, valid };
}

/**
 * Writes a .flo file; pixels whose `valid` is 0 are written as unknown.
 * @throws {Error} when the lengths of flow or valid and the size disagree
 */
export function writeFlo(
  { width, height, flow, valid }: Omit<FlowFile, "valid"> & { valid?: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const count = width * height;
  if (flow.length !== 2 * count || (valid && valid.length !== count)) {
    throw new Error(
      `Cannot write a .flo file: flow must be [${height}, ${width}, 2], got ${flow.length} values` +
        (valid ? ` with ${valid.length} in valid.` : "."),
    );
  }
  const bytes = new Uint8Array(HEADER_BYTES + count * PIXEL_BYTES);
  const view = new DataView(bytes.buffer);
  view.setFloat32(0, MAGIC, true);
  view.setInt32(4, width, true);
  view.setInt32(8, height, true);
  for (let i = 0; i < count; i++) {
    const known = !valid || valid[i] !== 0;
    view.setFloat32(HEADER_BYTES + i * PIXEL_BYTES, known ? flow[2 * i] : UNKNOWN_VALUE, true);
    view.setFloat32(
      HEADER_BYTES + i * PIXEL_BYTES + 4,
      known ? flow[2 * i + 1] : UNKNOWN_VALUE,
      true,
    );
  }
  return bytes;
}
