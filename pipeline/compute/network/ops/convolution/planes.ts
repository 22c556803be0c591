/** Sizes of Winograd's F(4x4, 3x3). */
import type { Convolution } from "./shape.ts";

/** Planes of a tile. */
export const PLANES = 36;

/** Bytes of all planes of so many tiles. */
export function planeBytes(tiles: number, slots: number): number {
  return 16 * PLANES * tiles * slots;
}

/** Tiles of 4x4 output pixels along one side, those of all pixel classes of a dilation. */
export function tilesAlong(side: number, dilation: number): number {
  return Math.ceil(side / (4 * dilation)) * dilation;
}

/** Tiles of a whole batch. */
export function tilesOf(
  { batch, height, width, dilation }: Pick<Convolution, "batch" | "height" | "width" | "dilation">,
): number {
  return batch * tilesAlong(height, dilation) * tilesAlong(width, dilation);
}
