import { assert, assertEquals } from "@std/assert";
import type { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import {
  type Plan,
  planConvolution,
} from "../../../../../pipeline/compute/network/ops/convolution/choice.ts";
import {
  threadsOf,
  type Tiling,
  tilingName,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import { tilesAlong } from "../../../../../pipeline/compute/network/ops/convolution/planes.ts";
import { describeConvolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import type { Parameter } from "../../../../../pipeline/compute/parameters.ts";
import type { Value } from "../../../../../pipeline/compute/tape.ts";

const largestStorage = 128 << 20;
const withSubgroups = { family: "cpu", adapter: { subgroupsOfEight: true }, largestStorage } as Gpu;
const without = { family: "cpu", adapter: { subgroupsOfEight: false }, largestStorage } as Gpu;
const card = { family: "gpu", largestStorage: 2 ** 31 } as Gpu;

function plan(
  input: Shape,
  output: number,
  { kernel = 3, stride = 1, dilation = 1, gpu = withSubgroups, exact = false } = {},
): Plan {
  const value = { label: "x", shape: input, segments: [input[1]] } as unknown as Value;
  const inputSegments = [input[1]];
  const weight = { name: "w", shape: [output, input[1], kernel, kernel], inputSegments };
  const bias = { name: "b", shape: [output, 1, 1, 1] };
  const convolution = describeConvolution(
    value,
    weight as unknown as Parameter,
    bias as unknown as Parameter,
    { stride, dilation },
  );
  return planConvolution(convolution, gpu, exact);
}

Deno.test("tilesAlong() counts the tiles of all pixel classes", () => {
  assertEquals([16, 17, 1].map((side) => tilesAlong(side, 1)), [4, 5, 1]);
  assertEquals(tilesAlong(16, 2), 4);
  assertEquals(tilesAlong(18, 4), 8);
});

Deno.test("planConvolution() multiplies wide convolutions by Winograd", () => {
  for (const dilation of [1, 2, 4]) {
    const { forward, dInput, dWeight } = plan([4, 128, 32, 48], 128, { dilation });
    assertEquals([forward, dInput, dWeight], ["winograd", "winograd", "winograd"]);
  }
});

Deno.test("planConvolution() stays direct where Winograd does not fit or does not pay", () => {
  const cases: [string, Plan][] = [
    ["stride 2", plan([8, 64, 32, 32], 96, { stride: 2 })],
    ["1x1", plan([8, 64, 32, 32], 32, { kernel: 1 })],
    ["one pixel", plan([8, 97, 1, 1], 32)],
    ["few channels", plan([8, 4, 32, 32], 4)],
    ["planes beyond a binding", plan([1, 256, 400, 600], 128)],
    ["2x2 pixels in a class", plan([8, 32, 16, 16], 24, { dilation: 8 })],
  ];
  for (const [name, { forward, dInput, dWeight }] of cases) {
    assert(![forward, dInput, dWeight].includes("winograd"), name);
  }
});

Deno.test("planConvolution() uses readable kernels only in exact mode", () => {
  const { forward, dInput, dWeight } = plan([4, 128, 32, 48], 128, { exact: true });
  assertEquals([forward, dInput, dWeight], ["readable", "readable", "readable"]);
});

Deno.test("planConvolution() does without subgroups where there are none", () => {
  const wide = plan([4, 128, 32, 48], 128, { gpu: without });
  assertEquals([wide.forward, wide.dInput, wide.dWeight], ["winograd", "winograd", "winograd"]);
  const small = plan([8, 24, 4, 4], 32, { gpu: without });
  assertEquals([small.forward, small.dInput, small.dWeight], ["readable", "readable", "readable"]);
});

Deno.test("planConvolution() avoids the generated kernel for even dilation at stride 2", () => {
  assertEquals(plan([8, 64, 32, 32], 96, { stride: 2, dilation: 2 }).dInput, "readable");
});

Deno.test("planConvolution() bounds the partial sums of the weight gradient", () => {
  const { chunk } = plan([8, 128, 96, 208], 128, { exact: true });
  const chunks = Math.ceil(8 * 96 * 208 / chunk);
  assert(chunks * 9 * 128 * 128 * 4 < 16e6, `${chunks} chunks of the gradient`);
});

const names = ({ forward, dInput, dWeight }: Plan) =>
  [forward, dInput, dWeight].map((kernel) =>
    typeof kernel === "object" ? tilingName(kernel) : `${kernel}`
  );

Deno.test("planConvolution() multiplies wide convolutions by Winograd on a GPU too", () => {
  for (const dilation of [1, 4, 16]) {
    const wide = plan([8, 128, 96, 208], 128, { dilation, gpu: card });
    assertEquals(names(wide), ["winograd", "winograd", "winograd"], `dilation ${dilation}`);
  }
});

Deno.test("planConvolution() stays direct, in tiles, where Winograd does not pay on a GPU", () => {
  const cases: [string, Plan, string[]][] = [
    [
      "few channels",
      plan([8, 16, 192, 416], 16, { gpu: card }),
      ["halo_8x16x16", "halo_8x16x16", "128x16x16"],
    ],
    [
      "few channels, dilated",
      plan([8, 24, 192, 416], 4, { dilation: 16, gpu: card }),
      ["halo_16x16x4", "64x32x16", "128x16x16"],
    ],
    [
      "stride 2",
      plan([8, 64, 96, 208], 96, { stride: 2, gpu: card }),
      ["64x32x16", "128x64x16", "64x32x16"],
    ],
    ["1x1", plan([8, 192, 6, 13], 32, { kernel: 1, gpu: card }), [
      "32x32x16",
      "32x32x16",
      "32x32x16",
    ]],
  ];
  for (const [name, got, wanted] of cases) assertEquals(names(got), wanted, name);
});

Deno.test("planConvolution() takes Winograd in one dispatch for a small picture on a card, not for a large one", () => {
  const small = plan([8, 32, 4, 4], 32, { gpu: card });
  assertEquals(names(small), ["fused_6x4", "fused_6x4", "32x32x16"]);
  const large = names(plan([8, 32, 192, 416], 32, { gpu: card }));
  assert(!large.some((name) => name.startsWith("fused")), large.join());
  // Where it cannot, the tiles of a stride and of a single tap are direct.
  for (const options of [{ stride: 2 }, { kernel: 1 }]) {
    const other = plan([8, 32, 4, 4], 32, { gpu: card, ...options });
    assert(!names(other).some((name) => /fused|winograd/.test(name)));
  }
});

Deno.test("planConvolution() goes by planes of the input where the gradient of the weight wants them, too", () => {
  // One dispatch is cheaper for either pass alone, which have the same sizes here.
  const square = plan([8, 64, 32, 32], 64, { gpu: card });
  assertEquals(names(square), ["winograd", "fused_8x16", "winograd"]);
});

Deno.test("planConvolution() uses readable kernels in exact mode on a GPU too", () => {
  const exact = plan([4, 128, 32, 48], 128, { exact: true, gpu: card });
  assertEquals(names(exact), ["readable", "readable", "readable"]);
});

Deno.test("planConvolution() fills a card with chunks of the weight gradient", () => {
  const { dWeight, chunk } = plan([8, 16, 96, 208], 16, { gpu: card });
  const tiling = dWeight as Tiling;
  const tiles = Math.ceil(9 * 16 / tiling.rows) * Math.ceil(16 / tiling.columns);
  const chunks = Math.ceil(8 * 96 * 208 / chunk);
  assert(tiles * chunks * threadsOf(tiling) >= 67584, `${tiles} tiles, ${chunks} chunks`);
  assert(chunk >= 256, `chunks of ${chunk} pixels`);
});
