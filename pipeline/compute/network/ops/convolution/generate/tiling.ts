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

/** Invocations of a workgroup. */
export function threadsOf({ rows, columns, threadRows, threadColumns }: Tiling): number {
  return rows / threadRows * (columns / threadColumns);
}

/** Bytes of workgroup memory. */
export function workgroupBytes({ rows, columns, slice, buffers }: Tiling): number {
  return 4 * slice * (rows + columns) * buffers;
}

/** Part of an entry point's name: rows x columns x slice, and what is unusual. */
export function tilingName({ rows, columns, slice, unrolled, buffers }: Tiling): string {
  const rest = `${unrolled ? "" : "_rolled"}${buffers === 2 ? "_two" : ""}`;
  return `${rows}x${columns}x${slice}${rest}`;
}
