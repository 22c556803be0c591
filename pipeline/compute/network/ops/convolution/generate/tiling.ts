/** The parameters of kernels in tiles of workgroup memory, in one place. */

/** A tile of a matrix product and how a workgroup works on it. */
export interface Tiling {
  /** Rows of the result that a workgroup owns. */
  readonly rows: number;
  /** Columns of it, a multiple of 4. */
  readonly columns: number;
  /** Rows of a thread, a multiple of 4. */
  readonly threadRows: number;
  /** Columns of a thread, a multiple of 4. */
  readonly threadColumns: number;
  /** Summands of a result (k) that lie in workgroup memory at a time, a multiple of 4. */
  readonly slice: number;
  /** All of a slice is written out; else it is a loop of trips of four summands, which is shorter code. */
  readonly unrolled: boolean;
  /** Slices in workgroup memory; the second costs memory and saves a barrier. */
  readonly buffers: 1 | 2;
}

const usual = { threadRows: 8, threadColumns: 8, slice: 16, unrolled: true, buffers: 1 } as const;

/** The tiles that convolutions choose from, largest first. All fit the limits that every WebGPU device grants. */
export const TILINGS: readonly Tiling[] = [
  { ...usual, rows: 128, columns: 128 },
  { ...usual, rows: 128, columns: 64 },
  { ...usual, rows: 64, columns: 64 },
  { ...usual, rows: 64, columns: 32, threadColumns: 4 },
  { ...usual, rows: 128, columns: 16, threadColumns: 4 },
  { ...usual, rows: 32, columns: 32, threadRows: 4, threadColumns: 4 },
];

/** Other ways to work on a tile, for measurements on a device. */
export const CANDIDATES: readonly Tiling[] = [
  { ...TILINGS[0], unrolled: false },
  { ...TILINGS[0], unrolled: false, buffers: 2, slice: 8 },
  { ...TILINGS[2], unrolled: false, buffers: 2 },
  { ...TILINGS[2], unrolled: false, slice: 32 },
];

/**
 * A tile of a picture: its rows are pixels, and the ring of pixels around lies in workgroup memory with them, beside the weights
 * of all nine taps. For 3x3 convolutions of stride 1; of a dilated one the pixels of a tile lie as far apart as its taps.
 */
export interface HaloTiling extends Tiling {
  /** Pixels of a row of the tile. */
  readonly width: number;
}

const small = { threadRows: 8, threadColumns: 4, slice: 8, unrolled: false, buffers: 1 } as const;

/** The tiles of pictures that convolutions choose from: for few channels, where a product of matrices reads more than it adds. */
export const HALO_TILINGS: readonly HaloTiling[] = [
  { ...small, rows: 128, width: 16, columns: 32 },
  { ...small, rows: 128, width: 16, columns: 16 },
  { ...small, rows: 256, width: 16, columns: 8 },
  { ...small, rows: 256, width: 16, columns: 4, threadRows: 4 },
  { ...small, rows: 64, width: 8, columns: 16, threadRows: 4 },
];

/**
 * Tiles of Winograd's transforms by channels of the result that a workgroup takes from the picture to the result (tiled_winograd.ts).
 */
export interface FusedTiling {
  /** Tiles of 4x4 pixels, a divisor of 24. */
  readonly tiles: number;
  /** Channels, a multiple of 4: a divisor of 16, or 32. */
  readonly columns: number;
}

/** Those that convolutions choose from: the smaller, the more threads share the sums of a result, and the more often a picture is transformed. */
export const FUSED_TILINGS: readonly FusedTiling[] = [
  { tiles: 8, columns: 16 },
  { tiles: 4, columns: 16 },
  { tiles: 4, columns: 8 },
  { tiles: 2, columns: 8 },
  { tiles: 6, columns: 4 },
];

/** Others, for measurements on a device: with so many sums in registers that large maps may gain, too. */
export const FUSED_CANDIDATES: readonly FusedTiling[] = [
  { tiles: 12, columns: 32 },
  { tiles: 24, columns: 16 },
];

/** Whether a kernel is in tiles of Winograd's transforms. */
export function isFused(kernel: object | string | number): kernel is FusedTiling {
  return typeof kernel === "object" && "tiles" in kernel;
}

/** Pairs of a tile and a vec4 of its pixels that a workgroup transforms at a time, six threads each. */
export const FUSED_PAIRS = 24;
export const FUSED_THREADS = 6 * FUSED_PAIRS;

/** How the threads of a workgroup share its work. */
export interface FusedShares {
  /** vec4 of channels of the result. */
  readonly slots: number;
  /** Threads that share the sum of a result, each a part of every slice. */
  readonly split: number;
  /** Planes of a thread. */
  readonly planes: number;
  /** vec4 of a pixel that a thread adds up of a slice. */
  readonly share: number;
  /** Tiles whose sums lie in workgroup memory at a time in the end, all slots of them. */
  readonly part: number;
}

export function fusedShares({ tiles, columns }: FusedTiling): FusedShares {
  const slots = columns / 4, split = Math.max(1, 4 / slots);
  const parts = Math.ceil(tiles * slots * split / FUSED_PAIRS);
  return {
    slots,
    split,
    planes: 36 * slots * split / FUSED_THREADS,
    share: FUSED_PAIRS / tiles / split,
    part: Math.ceil(tiles / parts),
  };
}

/** Whether it is one of a picture. */
export function isHalo(tiling: Tiling): tiling is HaloTiling {
  return "width" in tiling;
}

/** Pixels of a tile with those around it: all, and those of a row. */
export function haloPixels({ rows, width }: HaloTiling): { all: number; across: number } {
  return { all: (rows / width + 2) * (width + 2), across: width + 2 };
}

/** Floats that a summand of all results brings to workgroup memory. */
export function floatsOfSummand(tiling: Tiling): number {
  if (isHalo(tiling)) return haloPixels(tiling).all / 9 + tiling.columns;
  return tiling.rows + tiling.columns;
}

/** Invocations of a workgroup. */
export function threadsOf({ rows, columns, threadRows, threadColumns }: Tiling): number {
  return rows / threadRows * (columns / threadColumns);
}

/** Bytes of workgroup memory. */
export function workgroupBytes(tiling: Tiling): number {
  const { slice, buffers } = tiling;
  return 4 * slice * floatsOfSummand(tiling) * buffers * (isHalo(tiling) ? 9 : 1);
}

/**
 * Part of an entry point's name: rows x columns x slice, and what is unusual; or height x width of a picture x columns; or Winograd's
 * tiles x columns.
 */
export function tilingName(tiling: Tiling | FusedTiling): string {
  if (isFused(tiling)) return `fused_${tiling.tiles}x${tiling.columns}`;
  const { rows, columns, slice, unrolled, buffers } = tiling;
  if (isHalo(tiling)) return `halo_${rows / tiling.width}x${tiling.width}x${columns}`;
  const rest = `${unrolled ? "" : "_rolled"}${buffers === 2 ? "_two" : ""}`;
  return `${rows}x${columns}x${slice}${rest}`;
}
