/**
 * The 36 matrix products between Winograd's transforms, and which of their kernels fits the adapter: in tiles of workgroup
 * memory on a GPU; on a CPU driver one that broadcasts within subgroups of eight lanes, or a plain one.
 */
import plainCode from "../../../../../kernels/network/convolution_gemm.wgsl" with { type: "text" };
import type { Gpu } from "../../../gpu/device.ts";
import { defineKernel, type Kernel } from "../../../gpu/kernel.ts";
import { workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import { type Lanes, lanesForProduct, lanesForSum } from "./choice.ts";
import { generatedKernel } from "./generate/family.ts";
import { PRODUCT_NAMES, type ProductName, shuffleGemm } from "./generate/shuffle_gemm.ts";
import { tiledGemm } from "./generate/tiled_gemm.ts";
import { PLANES } from "./planes.ts";
import type { TiledPass } from "./planned.ts";
import { inChunks, type TiledSum, tilingFor, tilingForSum } from "./tiled_choice.ts";

const bindings = { reads: 2, writes: 1 };
const plain = new Map<string, Kernel>(
  PRODUCT_NAMES.map((name) => [name, defineKernel("convolution_gemm", plainCode, name, bindings)]),
);

/** Sizes of the products in vec4; rows counts tiles, padded. */
export interface ProductSizes {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

interface Operands {
  readonly left: Storage;
  readonly right: Storage;
  /** Of products, where right begins in its storage, in vec4; default 0. */
  readonly rightFirst?: number;
  readonly result: Storage;
}

/** Plain, for groups of so many lanes, or in tiles of workgroup memory; the chunk, of tiles, is that of a sum. */
export type ProductKernel = "plain" | Lanes | TiledSum;

function kernelByRules(gpu: Gpu, name: ProductName, sizes: ProductSizes): ProductKernel {
  if (gpu.family === "cpu") {
    if (!gpu.adapter.subgroupsOfEight) return "plain";
    return name === "correlate" ? lanesForSum(sizes) : lanesForProduct(sizes);
  }
  const { rows, inner, columns } = sizes;
  const right = { columns: 4 * columns, products: PLANES };
  if (name === "correlate") {
    return tilingForSum({ ...right, rows: 4 * inner, sum: rows }, 32, gpu.largestStorage);
  }
  return { tiling: tilingFor({ ...right, rows, sum: 4 * inner }), chunk: rows };
}

/** The kernel of a product: what a plan says, else what the rules do. */
export function kernelFor(
  gpu: Gpu,
  name: ProductName,
  sizes: ProductSizes,
  said?: TiledPass,
): ProductKernel {
  if (said) return inChunks(said.tiling, sizes.rows, said.chunks, 32);
  return kernelByRules(gpu, name, sizes);
}

/** How many results a kernel leaves, to be added: of a sum over tiles one for each chunk of them. */
export function chunksOf(
  name: ProductName,
  { rows }: ProductSizes,
  kernel: ProductKernel,
): number {
  return name === "correlate" && typeof kernel === "object" ? Math.ceil(rows / kernel.chunk) : 1;
}

/**
 * Records all planes of a product; the result has those of each chunk (chunksOf), one after another. Returns sums for the bias
 * where the kernel makes them: in tiles of "correlate", of the right operand's plane that has the sum of each tile's pixels.
 */
export function products(
  tape: Tape,
  name: ProductName,
  sizes: ProductSizes,
  operands: Operands,
  kernel: ProductKernel,
): OutputGradient["bias"] {
  const { rows, inner, columns } = sizes;
  if (typeof kernel === "object") {
    return tiledProducts(tape, name, sizes, operands, kernel);
  }
  const reads = [operands.left, operands.right], writes = [operands.result];
  const params = [rows, inner, columns, operands.rightFirst ?? 0];
  if (kernel === "plain") {
    const owned = name === "correlate" ? inner * columns : rows / 8 * columns;
    const workgroups = workgroupsFor(PLANES * owned, 64);
    tape.dispatch(plain.get(name)!, { params, reads, writes, workgroups });
    return undefined;
  }
  const groups = name === "correlate" ? Math.ceil(inner / 8) : rows / 32;
  tape.dispatch(generatedKernel(shuffleGemm, { name, lanes: kernel }), {
    params,
    reads,
    writes,
    workgroups: [Math.ceil(columns / kernel), Math.ceil(groups * kernel / 8), PLANES],
  });
  return undefined;
}

function tiledProducts(
  tape: Tape,
  name: ProductName,
  sizes: ProductSizes,
  { left, right, rightFirst = 0, result }: Operands,
  kernel: TiledSum,
): OutputGradient["bias"] {
  const { rows, inner, columns } = sizes, { tiling, chunk } = kernel;
  const chunks = chunksOf(name, sizes, kernel);
  const bias = name === "correlate"
    ? { sums: tape.scratch(`column sums of ${right.label}`, 16 * chunks * columns), chunks }
    : undefined;
  tape.dispatch(generatedKernel(tiledGemm, { name, tiling }), {
    params: [rows, inner, columns, chunk, rightFirst],
    reads: [left, right],
    writes: bias ? [result, bias.sums] : [result],
    workgroups: [
      Math.ceil(4 * columns / tiling.columns),
      Math.ceil((name === "correlate" ? 4 * inner : rows) / tiling.rows),
      PLANES * chunks,
    ],
  });
  return bias;
}
