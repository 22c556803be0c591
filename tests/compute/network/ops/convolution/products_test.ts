import { assertEquals } from "@std/assert";
import { persistentStorage, readStorage } from "../../../../../pipeline/compute/gpu/tensor.ts";
import type { ProductName } from "../../../../../pipeline/compute/network/ops/convolution/generate/shuffle_gemm.ts";
import {
  CANDIDATES,
  tilingName,
  TILINGS,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import {
  chunksOf,
  products,
  type ProductSizes,
} from "../../../../../pipeline/compute/network/ops/convolution/products.ts";
import type { TiledSum } from "../../../../../pipeline/compute/network/ops/convolution/tiled_choice.ts";
import { Tape } from "../../../../../pipeline/compute/tape.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { assertSameBits, guardedStorage, GuardedTape } from "../_guarded_tape.ts";
import { productCase } from "./_product_reference.ts";

const NAMES: readonly ProductName[] = ["multiply", "multiply_transposed", "correlate"];

// The right operand of products may lie behind those of others, not that of sums.
function behindOthers(name: ProductName, right: Float32Array<ArrayBuffer>) {
  if (name === "correlate") return { rightFirst: 0, data: right };
  const rightFirst = 5, data = new Float32Array(4 * rightFirst + right.length).fill(NaN);
  data.set(right, 4 * rightFirst);
  return { rightFirst, data };
}

Deno.test("products() multiplies all planes with every kernel for CPU drivers", async (t) => {
  const SIZES: ProductSizes[] = [
    { rows: 32, inner: 1, columns: 1 },
    { rows: 32, inner: 3, columns: 5 },
    { rows: 64, inner: 9, columns: 11 },
    { rows: 160, inner: 2, columns: 8 },
  ];
  const gpu = await testGpu();
  for (const name of NAMES) {
    for (const sizes of SIZES) {
      const { rows, inner, columns } = sizes;
      const { left, right, wanted } = productCase(name, sizes);
      const kernels = gpu.adapter.subgroupsOfEight
        ? ["plain", 8, 4, 2] as const
        : ["plain"] as const;
      for (const kernel of kernels) {
        await t.step(`${name} ${rows} x ${inner} x ${columns}, ${kernel}`, async () => {
          const tape = new Tape(gpu);
          const { rightFirst, data } = behindOthers(name, right);
          const operands = {
            left: persistentStorage(gpu, "left", left),
            right: persistentStorage(gpu, "right", data),
            rightFirst,
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

// Less than a tile; more than one, with a rest.
const PRODUCT_SIZES = [{ rows: 32, inner: 1, columns: 1 }, { rows: 160, inner: 5, columns: 33 }];
const TILED_SIZES: Record<ProductName, readonly ProductSizes[]> = {
  multiply: PRODUCT_SIZES,
  multiply_transposed: PRODUCT_SIZES,
  correlate: [
    { rows: 32, inner: 1, columns: 1 },
    { rows: 32, inner: 2, columns: 33 },
    { rows: 96, inner: 33, columns: 3 },
  ],
};

async function tiled(
  name: ProductName,
  sizes: ProductSizes,
  { left, right, wanted }: ReturnType<typeof productCase>,
  { kernel, reversed }: { kernel: TiledSum; reversed: boolean },
) {
  const gpu = await testGpu();
  const tape = new GuardedTape(gpu, { reversed });
  const chunks = chunksOf(name, sizes, kernel);
  const { rightFirst, data } = behindOthers(name, right);
  const operands = {
    left: guardedStorage(gpu, "left", left),
    right: guardedStorage(gpu, "right", data),
    rightFirst,
    result: guardedStorage(gpu, "result", 4 * chunks * wanted.length),
  };
  const bias = products(tape, name, sizes, operands, kernel);
  assertEquals(bias?.chunks, name === "correlate" ? chunks : undefined);
  assertEquals(tape.reversedKernels.size, reversed ? 1 : 0);
  const program = await tape.finish();
  program.run();
  const got = await readStorage(gpu, operands.result);
  const columns = 4 * sizes.columns;
  const sums = bias && (await readStorage(gpu, bias.sums)).subarray(0, columns * bias.chunks);
  assertEquals(await tape.overwritten(), []);
  await gpu.finished();
  const behind = got.subarray(chunks * wanted.length);
  assertEquals(behind.findIndex((value) => !Number.isNaN(value)), -1, "written beyond the end");
  const columnSums = sums && Float64Array.from(
    { length: columns },
    (_, column) => sums.reduce((sum, value, i) => i % columns === column ? sum + value : sum, 0),
  );
  const planes = Float32Array.from(wanted, (_, i) => {
    let sum = 0;
    for (let chunk = 0; chunk < chunks; chunk++) sum += got[chunk * wanted.length + i];
    return sum;
  });
  return { planes, columnSums };
}

Deno.test("products() multiplies all planes in every kind of tile, in any order of threads", async (t) => {
  for (const name of NAMES) {
    const cases = TILED_SIZES[name].map((sizes) => ({ sizes, data: productCase(name, sizes) }));
    for (const tiling of [...TILINGS, ...CANDIDATES]) {
      await t.step(`${name}, ${tilingName(tiling)}`, async () => {
        const kernel = { tiling, chunk: 64 };
        for (const { sizes, data } of cases) {
          const got = await tiled(name, sizes, data, { kernel, reversed: false });
          assertClose(name, got.planes, data.wanted, 2e-6);
          if (name === "correlate") {
            assertClose("sums for the bias", got.columnSums!, data.columnSums, 2e-6);
          }
          const again = await tiled(name, sizes, data, { kernel, reversed: true });
          assertSameBits("another run, the threads in reversed order", again.planes, got.planes);
          assertEquals(again.columnSums, got.columnSums);
        }
      });
    }
  }
});
