import { assert, assertEquals } from "@std/assert";
import type { AdapterDescription } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import {
  type Plan,
  planConvolution,
  tilesAlong,
} from "../../../../../pipeline/compute/network/ops/convolution/choice.ts";
import { describeConvolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import type { Parameter } from "../../../../../pipeline/compute/parameters.ts";
import type { Value } from "../../../../../pipeline/compute/tape.ts";

const withSubgroups = { subgroupsOfEight: true } as AdapterDescription;
const without = { subgroupsOfEight: false } as AdapterDescription;

function plan(
  input: Shape,
  output: number,
  { kernel = 3, stride = 1, dilation = 1, adapter = withSubgroups, exact = false } = {},
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
  return planConvolution(convolution, adapter, exact);
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
  const wide = plan([4, 128, 32, 48], 128, { adapter: without });
  assertEquals([wide.forward, wide.dInput, wide.dWeight], ["winograd", "winograd", "winograd"]);
  const small = plan([8, 24, 4, 4], 32, { adapter: without });
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
