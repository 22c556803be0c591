/** Which algorithm and which kernel a convolution uses. */
import type { Convolution } from "./shape.ts";

export type Algorithm = "direct" | "winograd";

/**
 * How many of a subgroup's eight lanes share the rows of a matrix product with so many vec4 of columns. Fewer lanes waste fewer
 * columns, but load more: relative cost of a lane's column 15.7, 19.5, 27.
 */
export function lanesFor(columns: number): 8 | 4 | 2 {
  const cost = (lanes: number, each: number) => Math.ceil(columns / lanes) * lanes * each;
  const costs = [cost(8, 15.7), cost(4, 19.5), cost(2, 27)];
  const best = costs.indexOf(Math.min(...costs));
  return ([8, 4, 2] as const)[best];
}

/** Tiles of 4x4 output pixels along one side, those of all pixel classes of a dilation. */
export function tilesAlong(side: number, dilation: number): number {
  return Math.ceil(side / (4 * dilation)) * dilation;
}

export function chooseConvolution(convolution: Convolution): Algorithm {
  const { kernel, stride, dilation, batch, height, width, inputSlots, outputSlots } = convolution;
  if (kernel !== 3 || stride !== 1) return "direct";
  const tiles = batch * tilesAlong(height, dilation) * tilesAlong(width, dilation);
  const used = batch * height * width / (16 * tiles);
  return used > 0.5 && inputSlots >= 2 && outputSlots >= 2 && tiles >= 24 ? "winograd" : "direct";
}
