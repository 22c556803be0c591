/** The files that hold the flow of a pair: the flow itself, its picture, what is hidden; in one direction. */
import { writeFlo } from "../../pipeline/common/io/flo.ts";
import { writeKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { flowPicture, maskPicture } from "../../pipeline/flow/pictures.ts";

/** What 16 bits of KITTI's format hold; it would be cut silently. */
const KITTI_MAXIMUM = 511.98;

/** A flow that its file's format cannot hold. */
export class DoesNotFit extends Error {}

export interface Direction {
  readonly width: number;
  readonly height: number;
  /** [H, W, 2] in pixels */
  readonly flow: Float32Array;
  /** [H, W] */
  readonly occluded: Uint8Array;
  /** At which colours saturate, in pixels. */
  readonly maximum: number;
}

/**
 * @param typed the file's name: .flo for Middlebury's format, .png for KITTI's
 * @throws {DoesNotFit} when the flow is too long for KITTI's format
 */
export function flowFile(
  typed: string,
  { width, height, flow }: Direction,
): Uint8Array<ArrayBuffer> {
  if (!/\.png$/i.test(typed)) return writeFlo({ width, height, flow });
  const longest = flow.reduce((longest, value) => Math.max(longest, Math.abs(value)), 0);
  if (longest > KITTI_MAXIMUM) {
    throw new DoesNotFit(
      `Cannot write ${typed}: KITTI's format holds up to 512 px, and the flow has ${
        longest.toFixed(1)
      } px. ` +
        `Write a .flo instead.`,
    );
  }
  return writeKittiFlow({ width, height, flow, valid: new Uint8Array(width * height).fill(1) });
}

export function pictureFile(
  { width, height, flow, maximum }: Direction,
): Promise<Uint8Array<ArrayBuffer>> {
  return flowPicture(flow, width, height, maximum);
}

export function occlusionFile(
  { width, height, occluded }: Direction,
): Promise<Uint8Array<ArrayBuffer>> {
  return maskPicture(occluded, width, height);
}

/** x.flo is x.backward.flo for the other direction. */
export function backwardName(typed: string): string {
  return typed.replace(/(\.\w+)$/, ".backward$1");
}
