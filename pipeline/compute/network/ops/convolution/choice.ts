/**
 * Which kernels a convolution uses, pass by pass. On a CPU driver the cheapest by a model of it: costs are nanoseconds on one
 * core of the machine they were measured on; only their ratios matter. On a GPU kernels in tiles, by the adapter's plan or by rules.
 */
import type { Gpu } from "../../../gpu/device.ts";
import type { FusedTiling, Tiling } from "./generate/tiling.ts";
import { planeBytes, PLANES, tilesOf } from "./planes.ts";
import { type ConvolutionPass, plannedPass, type TiledPass } from "./planned.ts";
import type { Convolution } from "./shape.ts";
import { planTiled } from "./tiled_choice.ts";

/** The readable kernel, or the generated one for groups of so many lanes. */
type CpuKernel = "readable" | Lanes;
export type Lanes = 8 | 4 | 2;
/** One of these, or one in tiles of workgroup memory. */
export type DirectKernel = CpuKernel | Tiling;

export interface Plan {
  readonly forward: DirectKernel | FusedTiling | "winograd";
  readonly dInput: DirectKernel | FusedTiling | "winograd";
  readonly dWeight: DirectKernel | "winograd";
  /** Output pixels of a partial sum of the direct weight gradient. */
  readonly chunk: number;
  /** Of passes by Winograd, the products between the transforms, where their sizes alone do not choose the kernel. */
  readonly planes: Partial<Record<ConvolutionPass, TiledPass>>;
}

/** Sizes of the groups of lanes. */
export const LANES: readonly Lanes[] = [8, 4, 2];
/** One trip of the inner loop of a product: 32 rows per group of lanes; and of a sum over pixels or tiles. */
const PRODUCT_TRIP = { 8: 400, 4: 480, 2: 640 }, SUM_TRIP = { 8: 95, 4: 110, 2: 140 };
/** Beginning and end of a workgroup of a product, of a tap. */
const WORKGROUP = 2500, TAP = 60;
/** The readable kernels, for eight lanes: forward and dinput per tap and vec4 of input channels; dweight per pixel. */
const READABLE_TRIP = 400, READABLE_SUM = 300, READABLE_SINGLE = 90, READABLE_WORKGROUP = 1200;
/** Winograd's transforms, for eight lanes. */
const TO_PLANES = 3200, FROM_PLANES = 2300, GRADIENT_TO_PLANES = 2300, WEIGHT_PLANES = 1800;
const DISPATCH = 10000;

interface Product {
  /** Pixels or tiles. */
  readonly rows: number;
  /** vec4 that are summed over. */
  readonly inner: number;
  /** vec4 of the result. */
  readonly columns: number;
}

function productCost({ rows, inner, columns }: Product, lanes: Lanes, taps = 1): number {
  const groups = Math.ceil(rows * lanes / 256) * Math.ceil(columns / lanes);
  return groups * (taps * (inner * PRODUCT_TRIP[lanes] + TAP) + WORKGROUP);
}

function sumCost({ rows, inner, columns }: Product, lanes: Lanes): number {
  const groups = Math.ceil(inner * lanes / 64) * Math.ceil(columns / lanes);
  return groups * (rows * SUM_TRIP[lanes] + WORKGROUP);
}

function cheapest<T>(choices: readonly (readonly [T, number])[]): readonly [T, number] {
  return choices.reduce((best, next) => next[1] < best[1] ? next : best);
}

/** Lanes per group for a product. */
export function lanesForProduct(product: Product): Lanes {
  return cheapest(LANES.map((lanes) => [lanes, productCost(product, lanes)] as const))[0];
}

/** Lanes per group for a sum over rows. */
export function lanesForSum(product: Product): Lanes {
  return cheapest(LANES.map((lanes) => [lanes, sumCost(product, lanes)] as const))[0];
}

interface Sizes {
  readonly tiles: number;
  readonly taps: number;
}

function productChoice(
  product: Product,
  { tiles, taps }: Sizes,
  winograd: boolean,
): CpuKernel | "winograd" {
  const { rows, inner, columns } = product;
  const direct = LANES.map((lanes) => [lanes, productCost(product, lanes, taps)] as const);
  const readable = Math.ceil(rows * columns / 64) *
    (taps * inner * READABLE_TRIP + READABLE_WORKGROUP);
  const choices: (readonly [CpuKernel | "winograd", number])[] = [
    ...direct,
    ["readable", readable],
  ];
  if (winograd) {
    const planes = { rows: tiles, inner, columns };
    const transforms = tiles *
      (Math.ceil(inner / 8) * TO_PLANES + Math.ceil(columns / 8) * FROM_PLANES);
    // The weight's transform is shared by the levels of a pyramid.
    const weight = inner * columns / 2 * WEIGHT_PLANES / 4;
    const products = PLANES * productCost(planes, lanesForProduct(planes));
    choices.push(["winograd", transforms + weight + products + 2 * DISPATCH]);
  }
  return cheapest(choices)[0];
}

function sumChoice(
  sum: Product,
  { tiles, taps }: Sizes,
  winograd: boolean,
  planesKept: boolean,
): CpuKernel | "winograd" {
  const { rows, inner, columns } = sum;
  const choices: (readonly [CpuKernel | "winograd", number])[] = [
    ...LANES.map((lanes) => [lanes, taps * sumCost(sum, lanes)] as const),
    [
      "readable",
      rows * Math.ceil(inner * columns / 8) * (taps === 1 ? READABLE_SINGLE : READABLE_SUM) +
      READABLE_WORKGROUP,
    ],
  ];
  if (winograd) {
    const planes = { rows: tiles, inner, columns };
    const transforms = tiles * Math.ceil(columns / 8) * GRADIENT_TO_PLANES +
      (planesKept ? 0 : tiles * Math.ceil(inner / 8) * TO_PLANES);
    const weight = inner * columns / 2 * WEIGHT_PLANES;
    const products = PLANES * sumCost(planes, lanesForSum(planes));
    choices.push(["winograd", transforms + weight + products + 2 * DISPATCH]);
  }
  return cheapest(choices)[0];
}

/** Smallest chunks of the direct weight gradient, and about how many invocations or workgroups it is to have. */
const EXACT_CHUNK = 64,
  READABLE_CHUNK = 128,
  GENERATED_CHUNK = 512,
  INVOCATIONS = 16384,
  WORKGROUPS = 32;

function chunkFor(
  { kernel: side, inputSlots, outputSlots }: Convolution,
  kernel: CpuKernel | "winograd",
  pixels: number,
  exact: boolean,
): number {
  const readable = kernel === "readable" || kernel === "winograd";
  const smallest = exact ? EXACT_CHUNK : readable ? READABLE_CHUNK : GENERATED_CHUNK;
  const wanted = readable ? INVOCATIONS / (side * inputSlots * outputSlots) : WORKGROUPS /
    (side ** 2 * Math.ceil(inputSlots * kernel / 64) * Math.ceil(outputSlots / kernel));
  const chunks = Math.max(1, Math.min(Math.ceil(pixels / smallest), Math.ceil(wanted)));
  return Math.ceil(pixels / chunks);
}

/** What a choice depends on besides the convolution. */
export type ChoosingGpu = Pick<Gpu, "adapter" | "family" | "largestStorage" | "plan">;

/** Tiles of Winograd's transforms of a whole batch; undefined where it cannot be used. */
export function winogradTiles(
  { kernel, stride, dilation, batch, height, width, inputSlots, outputSlots }: Convolution,
  { largestStorage }: Pick<Gpu, "largestStorage">,
): number | undefined {
  if (kernel !== 3 || stride !== 1) return undefined;
  const tiles = Math.ceil(tilesOf({ batch, height, width, dilation }) / 32) * 32;
  const imageTiles = Math.ceil(tiles / batch / 32) * 32;
  const fits = planeBytes(imageTiles, Math.max(inputSlots, outputSlots)) <= largestStorage;
  return fits ? tiles : undefined;
}

/**
 * Plans a convolution.
 * @param exact only the readable direct kernels, which round least
 */
export function planConvolution(
  convolution: Convolution,
  gpu: ChoosingGpu,
  exact: boolean,
): Plan {
  const { kernel, stride, dilation, batch, height, width, inputSlots, outputSlots } = convolution;
  const pixels = batch * convolution.outputHeight * convolution.outputWidth;
  const usableTiles = winogradTiles(convolution, gpu);
  const winograd = usableTiles !== undefined, tiles = usableTiles ?? 0;
  const sizes = { tiles, taps: kernel ** 2 };
  const product = { rows: pixels, inner: inputSlots, columns: outputSlots };
  const inputPixels = batch * height * width;
  const turned = { rows: inputPixels, inner: outputSlots, columns: inputSlots };
  if (exact) {
    const chunk = chunkFor(convolution, "readable", pixels, exact);
    return { forward: "readable", dInput: "readable", dWeight: "readable", chunk, planes: {} };
  }
  if (gpu.family === "gpu") {
    return planTiled(
      convolution,
      { tiles: usableTiles, bytes: gpu.largestStorage },
      (pass) => plannedPass(gpu.plan, convolution, pass),
    );
  }
  if (!gpu.adapter.subgroupsOfEight) {
    // Winograd saves three quarters of the products, its transforms cost about as much as one product by 16 channels.
    const worth = winograd && Math.min(inputSlots, outputSlots) >= 4 && tiles * 16 < 2 * pixels;
    const all = worth ? "winograd" : "readable";
    const chunk = chunkFor(convolution, "readable", pixels, exact);
    return { forward: all, dInput: all, dWeight: all, chunk, planes: {} };
  }
  const forward = productChoice(product, sizes, winograd);
  // With stride 2 each phase of pixels meets a quarter of the taps; the generated kernel assumes an odd dilation then.
  const dInput = stride === 2 && dilation % 2 === 0
    ? "readable"
    : productChoice(turned, { ...sizes, taps: sizes.taps / stride ** 2 }, winograd);
  const dWeight = sumChoice(product, sizes, winograd, forward === "winograd");
  const chunk = chunkFor(convolution, dWeight, pixels, false);
  return { forward, dInput, dWeight, chunk, planes: {} };
}
