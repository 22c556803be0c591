/**
 * The 36 matrix products between Winograd's transforms, and which of their kernels fits the adapter: in tiles of workgroup
 * memory on a GPU; on a CPU driver one that broadcasts within subgroups of eight lanes, or a plain one.
 */
import plainCode from "../../../../../kernels/network/convolution_gemm.wgsl" with { type: "text" };
import sumCode from "../../../../../kernels/network/convolution_sum.wgsl" with { type: "text" };
import type { Gpu } from "../../../gpu/device.ts";
import { defineKernel, type Kernel } from "../../../gpu/kernel.ts";
import { workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
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
const addChunks = defineKernel("convolution_sum", sumCode, "add_chunks", { reads: 1, writes: 1 });

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

/** The kernel that `products` uses unless told. */
function kernelFor(gpu: Gpu, name: ProductName, sizes: ProductSizes): ProductKernel {
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

/** The kernel of a product that a plan says; undefined where it says nothing. */
export function plannedKernel(
  said: TiledPass | undefined,
  { rows }: ProductSizes,
): TiledSum | undefined {
  return said && inChunks(said.tiling, rows, said.chunks, 32);
}

/** Records all planes of a product. */
export function products(
  tape: Tape,
  name: ProductName,
  sizes: ProductSizes,
  operands: Operands,
  kernel: ProductKernel = kernelFor(tape.gpu, name, sizes),
): void {
  const { rows, inner, columns } = sizes;
  if (typeof kernel === "object") {
    tiledProducts(tape, name, sizes, operands, kernel);
    return;
  }
  const reads = [operands.left, operands.right], writes = [operands.result];
  const params = [rows, inner, columns, operands.rightFirst ?? 0];
  if (kernel === "plain") {
    const owned = name === "correlate" ? inner * columns : rows / 8 * columns;
    const workgroups = workgroupsFor(PLANES * owned, 64);
    tape.dispatch(plain.get(name)!, { params, reads, writes, workgroups });
    return;
  }
  const groups = name === "correlate" ? Math.ceil(inner / 8) : rows / 32;
  tape.dispatch(generatedKernel(shuffleGemm, { name, lanes: kernel }), {
    params,
    reads,
    writes,
    workgroups: [Math.ceil(columns / kernel), Math.ceil(groups * kernel / 8), PLANES],
  });
}

function tiledProducts(
  tape: Tape,
  name: ProductName,
  { rows, inner, columns }: ProductSizes,
  { left, right, rightFirst = 0, result }: Operands,
  { tiling, chunk }: TiledSum,
): void {
  const sums = name === "correlate";
  const chunks = sums ? Math.ceil(rows / chunk) : 1;
  const target = chunks === 1
    ? result
    : tape.scratch(`partial ${result.label}`, 64 * chunks * PLANES * inner * columns);
  tape.dispatch(generatedKernel(tiledGemm, { name, tiling }), {
    params: [rows, inner, columns, chunk, rightFirst],
    reads: [left, right],
    writes: [target],
    workgroups: [
      Math.ceil(4 * columns / tiling.columns),
      Math.ceil((sums ? 4 * inner : rows) / tiling.rows),
      PLANES * chunks,
    ],
  });
  if (chunks === 1) return;
  const cells = PLANES * 4 * inner * columns;
  tape.dispatch(addChunks, {
    params: [cells, chunks],
    reads: [target],
    writes: [result],
    workgroups: workgroupsFor(cells, 64),
  });
}
