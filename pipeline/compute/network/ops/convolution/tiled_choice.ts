/**
 * Which tiles a convolution gets on a GPU, pass by pass, and where Winograd pays: rules by shape, the same on every card, since
 * the choice fixes the order of summation. Costs are multiply-adds, as many as a full card does in the same time.
 */
import { threadsOf, type Tiling, TILINGS } from "./generate/tiling.ts";
import { planeBytes, PLANES } from "./planes.ts";
import type { Convolution } from "./shape.ts";

/** Invocations that keep a large card busy, since each has many sums at once: 256 on each of 132 multiprocessors. */
const FULL = 132 * 256;
/** A float from workgroup memory, one brought there, a byte of memory, a dispatch that waits for the one before. */
const READ = 1, FETCH = 8, BYTE = 10, DISPATCH = 7e7;
/** Fewest summands of a partial sum. */
const CHUNK = 256;
/** Planes up to so many bytes stay in the cache of a card; what their bytes cost then. */
const CACHED_BYTES = 32 << 20, CACHED = 0.4;
/** Bytes of a pixel's channel through the planes: written, read, 36 of them for 16 pixels; and the picture's. */
const PLANE_BYTES = 22;

/** Matrix products of one size. */
export interface TiledWork {
  readonly rows: number;
  readonly columns: number;
  /** Summands of a result. */
  readonly sum: number;
  /** How many such products there are. */
  readonly products: number;
}

/** A tile, and how many summands make a partial sum. */
export interface TiledSum {
  readonly tiling: Tiling;
  readonly chunk: number;
}

// What one summand costs each thread.
function summandCost(tiling: Tiling): number {
  const { rows, columns, threadRows, threadColumns } = tiling;
  return threadRows * threadColumns + READ * (threadRows + threadColumns) +
    FETCH * (rows + columns) / threadsOf(tiling);
}

const groupsOf = ({ rows, columns, products }: TiledWork, tiling: Tiling) =>
  Math.ceil(rows / tiling.rows) * Math.ceil(columns / tiling.columns) * products;

function costOf(work: TiledWork, tiling: Tiling, chunks = 1): number {
  const threads = groupsOf(work, tiling) * chunks * threadsOf(tiling);
  return Math.max(threads, FULL) * summandCost(tiling) * work.sum / chunks;
}

function cheapest<T>(choices: readonly T[], cost: (choice: T) => number): T {
  return choices.reduce((best, next) => cost(next) < cost(best) ? next : best);
}

/** The tile of a product. */
export function tilingFor(work: TiledWork): Tiling {
  return cheapest(TILINGS, (tiling) => costOf(work, tiling));
}

const chunksOf = ({ sum }: TiledWork, chunk: number) => Math.ceil(sum / chunk);

function sumCost(work: TiledWork, { tiling, chunk }: TiledSum): number {
  const { rows, columns, products } = work, chunks = chunksOf(work, chunk);
  return costOf(work, tiling, chunks) + 8 * BYTE * rows * columns * products * chunks;
}

/**
 * The tile of a long sum, in chunks of a multiple of `unit` summands, so many that they fill the card.
 * @param bytes what all partial sums may take
 */
export function tilingForSum(work: TiledWork, unit: number, bytes: number): TiledSum {
  const { rows, columns, sum, products } = work;
  const most = Math.max(
    1,
    Math.min(Math.floor(sum / CHUNK), Math.floor(bytes / (4 * rows * columns * products))),
  );
  const choices = TILINGS.map((tiling): TiledSum => {
    // Twice that, so that the multiprocessors end together.
    const wanted = Math.ceil(2 * FULL / (groupsOf(work, tiling) * threadsOf(tiling)));
    return { tiling, chunk: Math.ceil(sum / Math.min(most, wanted) / unit) * unit };
  });
  return cheapest(choices, (choice) => sumCost(work, choice));
}

interface Sizes {
  /** Tiles of Winograd's transforms; undefined where they cannot be used. */
  readonly tiles?: number;
  /** Bytes that may be bound at once. */
  readonly bytes: number;
}

function transformCost(tiles: number, slots: number): number {
  const cached = planeBytes(tiles, slots) <= CACHED_BYTES ? CACHED : 1;
  return cached * BYTE * PLANE_BYTES * 16 * tiles * 4 * slots;
}

function productChoice(work: TiledWork, tiles: number | undefined): Tiling | "winograd" {
  const direct = tilingFor(work);
  if (tiles === undefined) return direct;
  const { columns, sum } = work;
  const planes = { rows: tiles, columns, sum: sum / 9, products: PLANES };
  const cost = costOf(planes, tilingFor(planes)) + 2 * DISPATCH +
    transformCost(tiles, sum / 36) + transformCost(tiles, columns / 4);
  return cost < costOf(work, direct) ? "winograd" : direct;
}

/** Plans a convolution on a GPU. */
export function planTiled(convolution: Convolution, { tiles, bytes }: Sizes) {
  const { kernel, stride, batch, inputSlots, outputSlots, height, width } = convolution;
  const pixels = batch * convolution.outputHeight * convolution.outputWidth;
  const taps = kernel ** 2, phases = stride ** 2;
  const forward = productChoice(
    { rows: pixels, columns: 4 * outputSlots, sum: 4 * taps * inputSlots, products: 1 },
    tiles,
  );
  // With stride 2 each phase of pixels meets a quarter of the taps.
  const dInput = productChoice({
    rows: Math.ceil(batch * height * width / phases),
    columns: 4 * inputSlots,
    sum: 4 * outputSlots * taps / phases,
    products: phases,
  }, tiles);
  const sum = { rows: 4 * taps * inputSlots, columns: 4 * outputSlots, sum: pixels, products: 1 };
  const direct = tilingForSum(sum, 1, bytes);
  if (tiles !== undefined) {
    const planes = { ...sum, rows: 4 * inputSlots, sum: tiles, products: PLANES };
    const kept = forward === "winograd" ? 0 : transformCost(tiles, inputSlots);
    const cost = sumCost(planes, tilingForSum(planes, 32, bytes)) + 3 * DISPATCH + kept +
      transformCost(tiles, outputSlots);
    if (cost < sumCost(sum, direct)) {
      return { forward, dInput, dWeight: "winograd", chunk: direct.chunk } as const;
    }
  }
  return { forward, dInput, dWeight: direct.tiling, chunk: direct.chunk } as const;
}
