/** Tiles of pictures for 3x3 convolutions of stride 1: where they can be used, and how many there are. */
import type { HaloTiling } from "./generate/tiling.ts";
import type { Convolution } from "./shape.ts";

/** Whether a convolution, and the gradient of its input, can be computed in tiles of its picture. */
export function takesHalo({ kernel, stride }: Convolution): boolean {
  return kernel === 3 && stride === 1;
}

/** Tiles of the whole batch: those of all pixel classes of a dilation. */
export function haloTiles(
  { batch, height, width, dilation }: Convolution,
  { rows, width: across }: HaloTiling,
): number {
  const along = (side: number, pixels: number) => Math.ceil(Math.ceil(side / dilation) / pixels);
  return batch * dilation ** 2 * along(height, rows / across) * along(width, across);
}
