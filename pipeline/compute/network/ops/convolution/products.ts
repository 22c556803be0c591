/**
 * The 36 matrix products between Winograd's transforms, and which of their kernels fits the adapter: one that broadcasts
 * within subgroups of eight lanes, or a plain one. A kernel in tiles of workgroup memory for real GPUs belongs here.
 */
import plainCode from "../../../../../kernels/network/convolution_gemm.wgsl" with { type: "text" };
import type { AdapterDescription } from "../../../gpu/device.ts";
import { defineKernel, type Kernel } from "../../../gpu/kernel.ts";
import { workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import type { Tape } from "../../../tape.ts";
import { type Lanes, lanesForProduct, lanesForSum, PLANES } from "./choice.ts";
import { generatedKernel } from "./generate/family.ts";
import { PRODUCT_NAMES, type ProductName, shuffleGemm } from "./generate/shuffle_gemm.ts";

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

/** The kernel that `products` uses unless told: plain, or for groups of so many lanes. */
function kernelFor(adapter: AdapterDescription, name: ProductName, sizes: ProductSizes) {
  if (!adapter.subgroupsOfEight) return "plain";
  return name === "correlate" ? lanesForSum(sizes) : lanesForProduct(sizes);
}

/** Records all planes of a product. */
export function products(
  tape: Tape,
  name: ProductName,
  sizes: ProductSizes,
  operands: { left: Storage; right: Storage; result: Storage },
  kernel: Lanes | "plain" = kernelFor(tape.gpu.adapter, name, sizes),
): void {
  const { rows, inner, columns } = sizes;
  const reads = [operands.left, operands.right], writes = [operands.result];
  const params = [rows, inner, columns];
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
