/** Which cases a tuning measures, and which kernels of each. */
import { assertEquals, assertGreater } from "@std/assert";
import { parsePlan } from "../../../pipeline/compute/gpu/plan.ts";
import {
  HALO_TILINGS,
  tilingName,
} from "../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import {
  ALL_FUSED,
  ALL_TILINGS,
  RULES,
} from "../../../pipeline/compute/network/ops/convolution/planned.ts";
import { casesOfShapes } from "../../../tools/tune.ts";
import { candidatesOf } from "../../../tools/tune/case.ts";
import { sizesOf } from "../../../tools/tune/layer_passes.ts";
import type { Layer } from "../../../tools/tune/layers.ts";
import { recordedStep } from "../../train/_recorded_step.ts";

const SHAPE = { width: 0.25, pairs: 4, height: 64, pictureWidth: 64 };
const LAYER: Layer = {
  name: "a layer",
  weight: "w",
  batch: 8,
  height: 64,
  width: 96,
  segments: [30, 2],
  output: 64,
  kernel: 3,
  stride: 1,
  dilation: 1,
  leakyRelu: true,
};

Deno.test("casesOfShapes() has a case for every convolution of a training step", async () => {
  const keys = casesOfShapes([SHAPE]).flatMap(({ cases }) => cases.map(([key]) => key));
  assertEquals(new Set(keys).size, keys.length);
  const tile = "128x16x16", evidence = ["", 0];
  const said = { use: "direct", tile, chunks: 1, us: 0, rule: evidence, next: evidence };
  const plan = await parsePlan(
    "all",
    JSON.stringify({
      format: 1,
      adapter: { vendor: "1", device: "1", description: "all", subgroup: [1, 1] },
      made: { deno: "1", kernels: "sha256:0" },
      default: RULES,
      cases: Object.fromEntries(keys.map((key) => [key, said])),
    }),
  );
  const kernelsOf = (given?: typeof plan) =>
    recordedStep("gpu", SHAPE.width, [8, 3, 64, 64], given).map(({ kernel }) => kernel);
  const byRules = (kernel: string) =>
    /_winograd|_tiled_gemm/.test(kernel) ||
    /_tiled_direct\.(?!\w+_128x16x16(_twice)?(\(PLUS=1\))?$)/.test(kernel);
  assertGreater(kernelsOf().filter(byRules).length, 100);
  assertEquals(kernelsOf(plan).filter(byRules), []);
});

Deno.test("casesOfShapes() measures a class of sizes once, and only the cases asked for", () => {
  const once = casesOfShapes([SHAPE]), twice = casesOfShapes([SHAPE, SHAPE]);
  assertEquals(twice, once);
  const keys = casesOfShapes([SHAPE], "dWeight k3 s2").flatMap(({ cases }) => cases);
  assertEquals(keys.length, 6);
  assertEquals(keys[0], ["dWeight k3 s2 d1 ci4 co4 m2^13", "dWeight"]);
});

Deno.test("candidatesOf() has every tile, by Winograd where it can be, sums in chunks", () => {
  const gpu = { largestStorage: 2 ** 31 };
  const matrices = ALL_TILINGS.length - HALO_TILINGS.length;
  const wide = candidatesOf(sizesOf(LAYER), "forward", gpu);
  assertEquals(wide.length, 2 * matrices + HALO_TILINGS.length + ALL_FUSED.length);
  assertEquals(wide.every(({ chunks }) => chunks === 1), true);
  const strided = candidatesOf(sizesOf({ ...LAYER, stride: 2 }), "dInput", gpu);
  assertEquals(strided.map(({ use }) => use), new Array(matrices).fill("direct"));
  assertEquals(candidatesOf(sizesOf(LAYER), "dWeight", gpu).length, 2 * matrices);
  const [fused] = ALL_FUSED;
  assertEquals(candidatesOf(sizesOf(LAYER), "dInput", gpu, [tilingName(fused)]), [
    { use: "fused", tiling: fused, chunks: 1 },
  ]);
  const tile = "64x64x16";
  const [direct, winograd] = candidatesOf(sizesOf(LAYER), "dWeight", gpu, [tile]);
  assertEquals([direct, winograd].map(({ use }) => use), ["direct", "winograd"]);
  assertEquals([direct, winograd].map(({ tiling }) => tilingName(tiling)), [tile, tile]);
  // 9 * 36 x 64 cells are 6 tiles of 64 threads, twice 33792 threads are wanted; 49152 pixels in chunks of 256 at least.
  assertEquals(direct.chunks, 176);
  // 36 tiles of threads, of 3072 summands.
  assertEquals(winograd.chunks, 12);
});
