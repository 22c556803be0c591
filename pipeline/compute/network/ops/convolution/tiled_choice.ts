/**
 * Which tiles a convolution gets on a GPU, pass by pass, and where Winograd pays: what the adapter's plan says (planned.ts), else
 * rules by shape, the same on every card, since the choice fixes the order of summation. Costs are multiply-adds, as many as a
 * full card does in the same time.
 */
import {
  floatsOfSummand,
  FUSED_THREADS,
  FUSED_TILINGS,
  fusedShares,
  type FusedTiling,
  HALO_TILINGS,
  threadsOf,
  type Tiling,
  TILINGS,
} from "./generate/tiling.ts";
import { haloTiles, takesHalo } from "./halo.ts";
import { planeBytes, PLANES, tilesOf } from "./planes.ts";
import {
  CONVOLUTION_PASSES,
  type ConvolutionPass,
  type PlannedPass,
  type TiledPass,
} from "./planned.ts";
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
/** Multiply-adds of one vec4 of a transform of six values, and of six sums. */
const TRANSFORM_IN = 12, TRANSFORM_OUT = 10;
/** For what Winograd in one dispatch loses at its barriers; a guess until it is measured, which therefore decides small maps alone. */
const BARRIERS = 1.25;
/** What it may cost at most: so many dispatches. */
const SMALL = 8 * DISPATCH;

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
  const { threadRows, threadColumns } = tiling;
  return threadRows * threadColumns + READ * (threadRows + threadColumns) +
    FETCH * floatsOfSummand(tiling) / threadsOf(tiling);
}

const groupsOf = ({ rows, columns, products }: TiledWork, tiling: Tiling) =>
  Math.ceil(rows / tiling.rows) * Math.ceil(columns / tiling.columns) * products;

function costOfGroups(groups: number, tiling: Tiling, sum: number): number {
  return Math.max(groups * threadsOf(tiling), FULL) * summandCost(tiling) * sum;
}

function costOf(work: TiledWork, tiling: Tiling, chunks = 1): number {
  return costOfGroups(groupsOf(work, tiling) * chunks, tiling, work.sum / chunks);
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
 * A long sum in tiles of one kind, in chunks of a multiple of `unit` summands, so many that they fill the card.
 * @param bytes what all partial sums may take
 */
export function chunksFor(
  tiling: Tiling,
  work: TiledWork,
  unit: number,
  bytes: number,
): TiledSum {
  const { rows, columns, sum, products } = work;
  const most = Math.max(
    1,
    Math.min(Math.floor(sum / CHUNK), Math.floor(bytes / (4 * rows * columns * products))),
  );
  // Twice that, so that the multiprocessors end together.
  const wanted = Math.ceil(2 * FULL / (groupsOf(work, tiling) * threadsOf(tiling)));
  return inChunks(tiling, sum, Math.min(most, wanted), unit);
}

/** A sum in so many chunks, or fewer where each would be smaller than `unit`. */
export function inChunks(tiling: Tiling, sum: number, chunks: number, unit: number): TiledSum {
  return { tiling, chunk: Math.ceil(sum / chunks / unit) * unit };
}

/** The tile of a long sum and its chunks, as {@link chunksFor}. */
export function tilingForSum(work: TiledWork, unit: number, bytes: number): TiledSum {
  const choices = TILINGS.map((tiling) => chunksFor(tiling, work, unit, bytes));
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

/** The matrix products that a pass is: of the pixels, or between Winograd's transforms of so many tiles. */
export function workOf(
  convolution: Convolution,
  pass: ConvolutionPass,
  tiles?: number,
): TiledWork {
  const { kernel, stride, batch, inputSlots, outputSlots, height, width } = convolution;
  const pixels = batch * convolution.outputHeight * convolution.outputWidth;
  const planes = tiles !== undefined;
  const taps = planes ? 1 : kernel ** 2, products = planes ? PLANES : 1;
  if (pass === "dWeight") {
    const rows = 4 * taps * inputSlots;
    return { rows, columns: 4 * outputSlots, sum: tiles ?? pixels, products };
  }
  if (pass === "forward") {
    const sum = 4 * taps * inputSlots;
    return { rows: tiles ?? pixels, columns: 4 * outputSlots, sum, products };
  }
  // With stride 2 each phase of pixels meets a quarter of the taps.
  const phases = stride ** 2;
  return {
    rows: tiles ?? Math.ceil(batch * height * width / phases),
    columns: 4 * inputSlots,
    sum: 4 * outputSlots * taps / phases,
    products: products * phases,
  };
}

// The direct kernel of a pass, and its cost.
function directRule(
  convolution: Convolution,
  pass: "forward" | "dInput",
): { tiling: Tiling; cost: number } {
  const work = workOf(convolution, pass);
  const matrix = tilingFor(work);
  const pictures = takesHalo(convolution) ? HALO_TILINGS : [];
  const choices = [
    { tiling: matrix, cost: costOf(work, matrix) },
    ...pictures.map((tiling) => {
      const groups = haloTiles(convolution, tiling) * Math.ceil(work.columns / tiling.columns);
      return { tiling, cost: costOfGroups(groups, tiling, work.sum) };
    }),
  ];
  return cheapest(choices, ({ cost }) => cost);
}

/** What one thread of a kernel of Winograd in one dispatch does for so many summands of each result. */
function fusedThreadCost(tiling: FusedTiling, sum: number): number {
  const { planes, share, split, part } = fusedShares(tiling);
  const results = tiling.tiles * planes;
  // A column and a row of a pair: six vec4 from the picture, six to workgroup memory, there and back, and to it again.
  const transforms = 4 * (2 * TRANSFORM_IN + FETCH * 6 + READ * 12);
  const products = share * 4 * (results * (4 + READ) + FETCH * 4 * planes);
  const slices = Math.ceil(sum / (4 * share * split));
  const parts = Math.ceil(tiling.tiles / part);
  const end = 4 * (READ * results + parts * (2 * TRANSFORM_OUT + READ * (6 * split + 10)));
  return BARRIERS * (slices * (transforms + products) + end);
}

function fusedCost(convolution: Convolution, { columns, sum }: TiledWork, tiling: FusedTiling) {
  const groups = Math.ceil(tilesOf(convolution) / tiling.tiles) *
    Math.ceil(columns / tiling.columns);
  return Math.max(groups * FUSED_THREADS, FULL) * fusedThreadCost(tiling, sum);
}

interface ProductChoice {
  readonly kernel: Tiling | FusedTiling | "winograd";
  readonly cost: number;
}

// The best direct kernel; where there is Winograd, that in three dispatches, and in one.
function productChoices(
  convolution: Convolution,
  pass: "forward" | "dInput",
  { tiles }: Sizes,
): ProductChoice[] {
  const { tiling, cost } = directRule(convolution, pass);
  const direct = { kernel: tiling, cost };
  if (tiles === undefined) return [direct];
  const planes = workOf(convolution, pass, tiles);
  const apart = costOf(planes, tilingFor(planes)) + 2 * DISPATCH +
    transformCost(tiles, planes.sum / 4) + transformCost(tiles, planes.columns / 4);
  const fused = FUSED_TILINGS
    .map((tiling) => ({ kernel: tiling, cost: fusedCost(convolution, planes, tiling) }))
    .filter(({ cost }) => cost <= SMALL);
  return [direct, { kernel: "winograd", cost: apart }, ...fused];
}

// That both transforms of the gradient of the output are one dispatch, where both passes take Winograd, is not counted.
function sumRule(
  convolution: Convolution,
  { tiles, bytes }: Sizes,
  planesKept: boolean,
): { dWeight: Tiling | "winograd"; chunk: number; cost: number } {
  const { inputSlots, outputSlots } = convolution;
  const work = workOf(convolution, "dWeight");
  const { tiling, chunk } = tilingForSum(work, 1, bytes);
  const direct = sumCost(work, { tiling, chunk });
  if (tiles === undefined) return { dWeight: tiling, chunk, cost: direct };
  const planes = workOf(convolution, "dWeight", tiles);
  const transformed = planesKept ? 0 : DISPATCH + transformCost(tiles, inputSlots);
  const cost = sumCost(planes, tilingForSum(planes, 32, bytes)) + 3 * DISPATCH + transformed +
    transformCost(tiles, outputSlots);
  return cost < direct
    ? { dWeight: "winograd", chunk, cost }
    : { dWeight: tiling, chunk, cost: direct };
}

export interface TiledPlan {
  readonly forward: Tiling | FusedTiling | "winograd";
  readonly dInput: Tiling | FusedTiling | "winograd";
  readonly dWeight: Tiling | "winograd";
  /** Output pixels of a partial sum of the direct weight gradient. */
  readonly chunk: number;
  /** Of passes by Winograd, the products between the transforms, where rules do not choose their tiles. */
  readonly planes: Partial<Record<ConvolutionPass, TiledPass>>;
}

/** The same plan with one pass as it is said. */
export function withPass<Plan extends Pick<TiledPlan, "chunk" | "planes">>(
  plan: Plan,
  { batch, outputHeight, outputWidth }: Convolution,
  pass: ConvolutionPass,
  said: PlannedPass,
): Plan {
  if (said.use === "winograd") {
    return { ...plan, [pass]: "winograd", planes: { ...plan.planes, [pass]: said } };
  }
  const direct = { ...plan, [pass]: said.tiling };
  if (pass !== "dWeight" || said.use === "fused") return direct;
  const { chunk } = inChunks(said.tiling, batch * outputHeight * outputWidth, said.chunks, 1);
  return { ...direct, chunk };
}

/**
 * Plans a convolution on a GPU.
 * @param planned what is said of a pass; where it cannot be done on this device, or nothing is said, the rules decide
 */
export function planTiled(
  convolution: Convolution,
  sizes: Sizes,
  planned: (pass: ConvolutionPass) => PlannedPass | undefined,
): TiledPlan {
  const said = (pass: ConvolutionPass) => {
    const choice = planned(pass);
    return choice && choice.use !== "direct" && sizes.tiles === undefined ? undefined : choice;
  };
  const saidForward = said("forward");
  const sums = (planesKept: boolean) => sumRule(convolution, sizes, planesKept);
  // What forward costs, and the gradient of the weight after it, which can use planes that are kept.
  const forward = cheapest(
    productChoices(convolution, "forward", sizes),
    ({ kernel, cost }) => cost + sums(kernel === "winograd").cost,
  );
  const dInput = cheapest(productChoices(convolution, "dInput", sizes), ({ cost }) => cost);
  const { dWeight, chunk } = sums((saidForward?.use ?? forward.kernel) === "winograd");
  const byRules = { forward: forward.kernel, dInput: dInput.kernel, dWeight, chunk, planes: {} };
  return CONVOLUTION_PASSES.reduce<TiledPlan>((plan, pass) => {
    const choice = said(pass);
    return choice ? withPass(plan, convolution, pass, choice) : plan;
  }, byRules);
}
