/**
 * KITTI's flow maps: PNG with three 16-bit channels, u = (R - 2^15) / 64, v = (G - 2^15) / 64 in
 * pixels, valid where B is not 0.
 * Format: the development kits of https://www.cvlibs.net/datasets/kitti/eval_scene_flow.php
 */
import type { FlowFile } from "./flo.ts";
import { checkPictureSize } from "./picture_size.ts";
import { decodePng, encodePng } from "./png.ts";

const OFFSET = 32768;
const STEPS_PER_PIXEL = 64;
/** The least difference that the format holds, in pixels. */
export const KITTI_STEP = 1 / STEPS_PER_PIXEL;
/** Of the flow in memory, two components of four bytes. */
const PIXEL_BYTES = 8;

/**
 * Reads a flow map; unknown flow becomes 0.
 * @param name the file's name, for errors
 * @throws {Error} when the PNG is damaged, has not three channels of 16 bits, or is too large
 */
export function readKittiFlow(bytes: Uint8Array, name: string): FlowFile {
  const { width, height, channels, depth, data } = decodePng(bytes, name);
  if (channels !== 3 || depth !== 16) {
    throw new Error(
      `Cannot read ${name}: a KITTI flow map has 3 channels of 16 bits, this picture ` +
        `${channels} of ${depth}.`,
    );
  }
  checkPictureSize(width, height, PIXEL_BYTES, name);
  const flow = new Float32Array(width * height * 2);
  const valid = new Uint8Array(width * height);
  for (let i = 0; i < valid.length; i++) {
    if (data[3 * i + 2] === 0) continue;
    flow[2 * i] = (data[3 * i] - OFFSET) / STEPS_PER_PIXEL;
    flow[2 * i + 1] = (data[3 * i + 1] - OFFSET) / STEPS_PER_PIXEL;
    valid[i] = 1;
  }
  return { width, height, flow, valid };
}

/**
 * Writes a flow map, rounded to 1/64 pixel and limited to what 16 bits hold (about ±512 pixels).
 * Pixels whose `valid` is 0 are written as three zeros.
 * @throws {Error} when the lengths and the size disagree, or the flow of a valid pixel is not a number
 */
export function writeKittiFlow({ width, height, flow, valid }: FlowFile): Uint8Array<ArrayBuffer> {
  const count = width * height;
  if (flow.length !== 2 * count || valid.length !== count) {
    throw new Error(
      `Cannot write a KITTI flow map: flow must be [${height}, ${width}, 2], got ${flow.length} values with ` +
        `${valid.length} in valid.`,
    );
  }
  const data = new Uint16Array(count * 3);
  const encode = (value: number) => {
    if (Number.isNaN(value)) {
      throw new Error(
        "Cannot write a KITTI flow map: the flow of a valid pixel is not a number. Set its valid to 0.",
      );
    }
    return Math.min(65535, Math.max(0, Math.round(value * STEPS_PER_PIXEL + OFFSET)));
  };
  for (let i = 0; i < count; i++) {
    if (valid[i] === 0) continue;
    data[3 * i] = encode(flow[2 * i]);
    data[3 * i + 1] = encode(flow[2 * i + 1]);
    data[3 * i + 2] = 1;
  }
  return encodePng({ width, height, channels: 3, data });
}
