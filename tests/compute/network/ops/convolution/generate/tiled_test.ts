import { assert, assertEquals } from "@std/assert";
import { kernelName } from "../../../../../../pipeline/compute/gpu/kernel.ts";
import { generatedKernel } from "../../../../../../pipeline/compute/network/ops/convolution/generate/family.ts";
import { tiledDirect } from "../../../../../../pipeline/compute/network/ops/convolution/generate/tiled_direct.ts";
import { tiledGemm } from "../../../../../../pipeline/compute/network/ops/convolution/generate/tiled_gemm.ts";
import { tiledWinograd } from "../../../../../../pipeline/compute/network/ops/convolution/generate/tiled_winograd.ts";
import { tiledHalo } from "../../../../../../pipeline/compute/network/ops/convolution/generate/tiled_halo.ts";
import {
  CANDIDATES,
  FUSED_THREADS,
  fusedShares,
  HALO_TILINGS,
  threadsOf,
  type Tiling,
  tilingName,
  TILINGS,
  workgroupBytes,
} from "../../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";

// products_test.ts, tiled_direct_test.ts, tiled_halo_test.ts and fused_test.ts compare the results of every variant; these are facts of the text that results
// on a CPU driver may not show.
const variants = [
  ...tiledDirect.variants.map((variant) => ({
    tiling: variant.tiling,
    kernel: generatedKernel(tiledDirect, variant),
  })),
  ...tiledGemm.variants.map((variant) => ({
    tiling: variant.tiling,
    kernel: generatedKernel(tiledGemm, variant),
  })),
  ...tiledHalo.variants.map((variant) => ({
    tiling: variant.tiling,
    kernel: generatedKernel(tiledHalo, variant),
  })),
];

const body = (code: string) => code.slice(code.indexOf("@compute"));

Deno.test("every tile fits what each WebGPU device grants", () => {
  for (const tiling of [...TILINGS, ...CANDIDATES, ...HALO_TILINGS]) {
    assert(workgroupBytes(tiling) <= 16384, `${tilingName(tiling)}: memory`);
    assert(threadsOf(tiling) <= 256, `${tilingName(tiling)}: threads`);
  }
  assertEquals(threadsOf(TILINGS[0]), 256);
  assertEquals(workgroupBytes(TILINGS[0]), 16384);
  // 10 x 18 pixels of 8 channels, and 9 taps of 8 x 32 weights.
  assertEquals(workgroupBytes(HALO_TILINGS[0]), 4 * 8 * (180 + 9 * 32));
});

Deno.test("a kernel in tiles has one entry point and as many threads and bytes as its tile says", () => {
  for (const { kernel, tiling } of variants) {
    const name = kernelName(kernel);
    const found = [...kernel.code.matchAll(/@workgroup_size\((\d+)\)\nfn (\w+)/g)];
    assertEquals(
      found.map(([, threads, entry]) => [threads, entry]),
      [[`${threadsOf(tiling)}`, kernel.entryPoint]],
      name,
    );
    const arrays = [
      ...kernel.code.matchAll(/var<workgroup> \w+: array<array<vec4<f32>, (\d+)>, (\d+)>/g),
    ];
    const bytes = arrays.reduce((sum, [, a, b]) => sum + 16 * Number(a) * Number(b), 0);
    assertEquals(bytes, workgroupBytes(tiling), name);
  }
});

Deno.test("no kernel in tiles returns above a barrier or asks for the size of a subgroup", () => {
  for (const { kernel } of variants) {
    const text = body(kernel.code), name = kernelName(kernel);
    assert(!text.includes("return"), name);
    assert(!kernel.code.includes("subgroup"), name);
    // The index of a thread is used once, where it can be reversed.
    assertEquals(text.match(/\bindex\b/g)?.length, 3, name);
  }
});

Deno.test("barriers stand where all threads come by: in the loop over slices, once a slice or twice, and before columns are added", () => {
  const count = (tiling: Tiling) => tiling.buffers === 1 ? 2 : 3;
  for (const { kernel, tiling } of variants) {
    const lines = body(kernel.code).split("\n").filter((line) => line.includes("workgroupBarrier"));
    const adds = kernel.code.includes("bias_sums") ? 1 : 0;
    assertEquals(lines.length, count(tiling) + adds, kernelName(kernel));
    for (const line of lines) {
      assert(/^ {2,4}workgroupBarrier\(\);$/.test(line), kernelName(kernel));
    }
  }
});

Deno.test("each result of a thread starts once and is stored once", () => {
  for (const { kernel, tiling } of variants) {
    const text = body(kernel.code), name = kernelName(kernel);
    const sums = [...text.matchAll(/var (s\d+_\d+) = /g)].map((match) => match[1]);
    assertEquals(sums.length, tiling.threadRows * tiling.threadColumns / 4, name);
    const stored = [...text.matchAll(/^ {2}store\(.*, (s\d+_\d+)\);$/gm)].map((match) => match[1]);
    assertEquals(stored, sums, name);
  }
});

const fused = tiledWinograd.variants.map((variant) => ({
  variant,
  shares: fusedShares(variant.tiling),
  kernel: generatedKernel(tiledWinograd, variant),
}));

Deno.test("Winograd in one dispatch gives every thread a part of the work, in what each WebGPU device grants", () => {
  for (const { variant: { tiling: { tiles, columns } }, shares, kernel } of fused) {
    const { slots, split, planes, share, part } = shares, name = kernelName(kernel);
    for (const count of [split, planes, share]) assert(Number.isInteger(count), name);
    assertEquals(slots * split * 36 / planes, FUSED_THREADS, name);
    assertEquals([4 * slots, tiles * share * split], [columns, 24], name);
    assert(part * slots * split <= 24, `${name}: more sums than workgroup memory holds`);
    const [, cells, rows] = kernel.code.match(
      /var<workgroup> work: array<array<vec4<f32>, (\d+)>, (\d+)>/,
    )!;
    assert(16 * Number(cells) * Number(rows) <= 16384, `${name}: memory`);
    // Neighbouring planes begin in different banks.
    assertEquals(Number(cells) % 2, 1, name);
    assertEquals(kernel.code.match(/@workgroup_size\((\d+)\)/)![1], `${FUSED_THREADS}`, name);
  }
});

Deno.test("Winograd in one dispatch has its barriers where all threads come by", () => {
  for (const { variant: { tiling: { tiles } }, shares: { part }, kernel } of fused) {
    const text = body(kernel.code), name = kernelName(kernel);
    assert(!text.includes("return") && !kernel.code.includes("subgroup"), name);
    assertEquals(text.match(/\bindex\b/g)?.length, 3, name);
    const barriers = text.split("\n").filter((line) => line.includes("workgroupBarrier"));
    // Three in the loop over slices; in the end two for every part of the sums, and one between parts.
    assertEquals(barriers.length, 3 + 3 * Math.ceil(tiles / part) - 1, name);
    for (const line of barriers) assertEquals(line, "    workgroupBarrier();", name);
  }
});
