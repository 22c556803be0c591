import { persistentStorage, readStorage } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { PLANES } from "../../../../../pipeline/compute/network/ops/convolution/choice.ts";
import type { ProductName } from "../../../../../pipeline/compute/network/ops/convolution/generate/shuffle_gemm.ts";
import {
  products,
  type ProductSizes,
} from "../../../../../pipeline/compute/network/ops/convolution/products.ts";
import { Tape } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";

const SIZES: ProductSizes[] = [
  { rows: 32, inner: 1, columns: 1 },
  { rows: 32, inner: 3, columns: 5 },
  { rows: 64, inner: 9, columns: 11 },
  { rows: 160, inner: 2, columns: 8 },
];

// Index of a vec4 of what has tiles, and of what has none.
const ofTile = (tile: number, plane: number, slot: number, slots: number) =>
  ((Math.floor(tile / 8) * PLANES + plane) * slots + slot) * 8 + tile % 8;
const ofRow = (row: number, plane: number, slot: number, rows: number, slots: number) =>
  (plane * rows + row) * slots + slot;

// The products in float64, over the device's layouts.
function reference(
  name: ProductName,
  { rows, inner, columns }: ProductSizes,
  left: Float32Array,
  right: Float32Array,
): Float64Array {
  const k = 4 * inner, n = 4 * columns;
  const out = new Float64Array(PLANES * n * (name === "correlate" ? k : rows));
  const element = (vec4: number, channel: number) => 4 * vec4 + channel % 4;
  const slot = (channel: number) => Math.floor(channel / 4);
  for (let p = 0; p < PLANES; p++) {
    for (let t = 0; t < rows; t++) {
      for (let i = 0; i < k; i++) {
        const x = left[element(ofTile(t, p, slot(i), inner), i)];
        for (let j = 0; j < n; j++) {
          if (name === "correlate") {
            const d = right[element(ofTile(t, p, slot(j), columns), j)];
            out[element(ofRow(i, p, slot(j), k, columns), j)] += x * d;
          } else {
            const w = name === "multiply"
              ? right[element(ofRow(i, p, slot(j), k, columns), j)]
              : right[element(ofRow(j, p, slot(i), n, inner), i)];
            out[element(ofTile(t, p, slot(j), columns), j)] += x * w;
          }
        }
      }
    }
  }
  return out;
}

Deno.test("products() multiplies all planes with every kernel", async (t) => {
  const gpu = await testGpu();
  for (const name of ["multiply", "multiply_transposed", "correlate"] as const) {
    for (const sizes of SIZES) {
      const { rows, inner, columns } = sizes;
      const rng = new Rng(4).fork(`${name} ${rows} ${inner} ${columns}`);
      const random = (vec4: number) =>
        Float32Array.from({ length: 4 * vec4 }, () => rng.uniform(-1, 1));
      const left = random(PLANES * rows * inner);
      const right = random(PLANES * columns * (name === "correlate" ? rows : 4 * inner));
      const wanted = reference(name, sizes, left, right);
      const kernels = gpu.adapter.subgroupsOfEight
        ? ["plain", 8, 4, 2] as const
        : ["plain"] as const;
      for (const kernel of kernels) {
        await t.step(`${name} ${rows} x ${inner} x ${columns}, ${kernel}`, async () => {
          const tape = new Tape(gpu);
          const operands = {
            left: persistentStorage(gpu, "left", left),
            right: persistentStorage(gpu, "right", right),
            result: persistentStorage(gpu, "result", 4 * wanted.length),
          };
          products(tape, name, sizes, operands, kernel);
          (await tape.finish()).run();
          const got = await readStorage(gpu, operands.result);
          await gpu.finished();
          assertClose(name, got.subarray(0, wanted.length), wanted, 2e-6);
        });
      }
    }
  }
});
