import { assert, assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import { type KernelPlan, parsePlan } from "../../../../../pipeline/compute/gpu/plan.ts";
import { trackedPlans } from "../../../../../pipeline/compute/gpu/plans.ts";
import { PLANES } from "../../../../../pipeline/compute/network/ops/convolution/planes.ts";
import {
  CANDIDATES,
  FUSED_TILINGS,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import {
  caseKey,
  type ConvolutionPass,
  plannedPass,
  RULES,
} from "../../../../../pipeline/compute/network/ops/convolution/planned.ts";
import {
  type Convolution,
  describeConvolution,
} from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import type { Parameter } from "../../../../../pipeline/compute/parameters.ts";
import type { Value } from "../../../../../pipeline/compute/tape.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { computeConvolution } from "../_convolution.ts";

function convolution(
  input: Shape,
  output: number,
  { kernel = 3, stride = 1, dilation = 1 } = {},
): Convolution {
  const segments = [input[1]];
  return describeConvolution(
    { label: "x", shape: input, segments } as unknown as Value,
    {
      name: "w",
      shape: [output, input[1], kernel, kernel],
      inputSegments: segments,
    } as unknown as Parameter,
    { name: "b", shape: [output, 1, 1, 1] } as unknown as Parameter,
    { stride, dilation },
  );
}

function plan(cases: Record<string, unknown>, rules = RULES): Promise<KernelPlan> {
  const adapter = { vendor: "1", device: "2", description: "test", subgroup: [8, 8] };
  const made = { deno: "1", kernels: "sha256:0" };
  return parsePlan("test", JSON.stringify({ format: 1, adapter, made, default: rules, cases }));
}

const EVIDENCE = { us: 1, rule: ["direct 64x64x16", 2], next: ["direct 64x64x16", 2] };

Deno.test("caseKey() holds what the speed depends on, sizes in classes", () => {
  const keys: [Convolution, string][] = [
    [convolution([8, 32, 64, 64], 30), "forward k3 s1 d1 ci32 co32 m2^15"],
    [convolution([8, 5, 64, 64], 2, { stride: 2 }), "forward k3 s2 d1 ci8 co4 m2^13"],
    [convolution([1, 4, 96, 96], 4, { dilation: 4 }), "forward k3 s1 d2 ci4 co4 m2^13"],
    [convolution([1, 4, 96, 96], 4, { dilation: 16 }), "forward k3 s1 d8 ci4 co4 m2^13"],
    [convolution([1, 4, 4, 6], 4, { dilation: 16 }), "forward k1 s1 d1 ci4 co4 m2^5"],
  ];
  for (const [given, key] of keys) assertEquals(caseKey(given, "forward"), key);
});

Deno.test("plannedPass() finds a case by its key, and nothing where there is none", async () => {
  const said = { use: "winograd", tile: "64x64x16_rolled_two", chunks: 3, ...EVIDENCE };
  const given = await plan({ "dWeight k3 s1 d1 ci32 co32 m2^15": said });
  const found = plannedPass(given, convolution([8, 32, 64, 64], 32), "dWeight");
  assertEquals(found, { use: "winograd", tiling: CANDIDATES[2], chunks: 3 });
  const whole = { use: "fused", tile: "fused_8x16", chunks: 1, ...EVIDENCE };
  const fused = await plan({ "dInput k3 s1 d1 ci32 co32 m2^15": whole });
  assertEquals(plannedPass(fused, convolution([8, 32, 64, 64], 32), "dInput"), {
    use: "fused",
    tiling: FUSED_TILINGS[0],
    chunks: 1,
  });
  assertEquals(plannedPass(given, convolution([8, 32, 64, 64], 32), "forward"), undefined);
  assertEquals(plannedPass(given, convolution([8, 32, 64, 64], 36), "dWeight"), undefined);
  assertEquals(plannedPass(undefined, convolution([8, 32, 64, 64], 32), "dWeight"), undefined);
});

Deno.test("plannedPass() refuses a plan that says what no kernel can do", async (t) => {
  const key = "forward k3 s1 d1 ci32 co32 m2^15";
  const said = { use: "direct", tile: "64x64x16", chunks: 1, ...EVIDENCE };
  const cases: [name: string, cases: Record<string, unknown>, message: string][] = [
    [
      "a tile",
      { [key]: { ...said, tile: "100x7x1" } },
      'tile must be the tile of a kernel, got "1',
    ],
    ["a way", { [key]: { ...said, use: "fft" } }, 'use must be "direct" or "winograd" or "fused"'],
    ["a key", { "forward 3x3": said }, "the name is not of the form"],
    ["Winograd", { [key.replace("s1", "s2")]: { ...said, use: "winograd" } }, "for k3 s1 alone"],
    [
      "a picture by Winograd",
      { [key]: { ...said, use: "winograd", tile: "halo_8x8x16" } },
      "Winograd has no products in tiles of a picture, got halo_8x8x16",
    ],
    [
      "a picture of stride 2",
      { [key.replace("s1", "s2")]: { ...said, tile: "halo_8x8x16" } },
      "tiles of a picture are for forward and dInput of k3 s1 alone, got halo_8x8x16",
    ],
    [
      "a picture for a weight",
      { [key.replace("forward", "dWeight")]: { ...said, tile: "halo_8x8x16" } },
      "tiles of a picture are for forward and dInput of k3 s1 alone",
    ],
    [
      "one dispatch of stride 2",
      { [key.replace("s1", "s2")]: { ...said, use: "fused", tile: "fused_8x16" } },
      "Winograd is for k3 s1 alone",
    ],
    [
      "one dispatch for a weight",
      { [key.replace("forward", "dWeight")]: { ...said, use: "fused", tile: "fused_8x16" } },
      "Winograd in one dispatch is for forward and dInput alone",
    ],
    [
      "one dispatch in tiles of products",
      { [key]: { ...said, use: "fused" } },
      'the use "fused" goes with tiles fused_* alone, got "fused" with 64x64x16',
    ],
    [
      "products in tiles of one dispatch",
      { [key]: { ...said, tile: "fused_8x16" } },
      'the use "fused" goes with tiles fused_* alone, got "direct" with fused_8x16',
    ],
    ["chunks", { [key]: { ...said, chunks: 2 } }, "chunks must be 1 but for dWeight, got 2"],
  ];
  for (const [name, wrong, message] of cases) {
    await t.step(name, async () => {
      const given = await plan(wrong);
      const look = () => plannedPass(given, convolution([1, 4, 1, 1], 4), "forward");
      const { message: said } = assertThrows(look, Error, message);
      assert(said.startsWith('Cannot read kernels/plans/test.json: in its case "'), said);
      assert(said.endsWith("deno task tune"), said);
    });
  }
  await t.step("other rules", async () => {
    const given = await plan({}, "rules v0");
    assertThrows(
      () => plannedPass(given, convolution([1, 4, 1, 1], 4), "forward"),
      Error,
      `it was measured against "rules v0", here are "${RULES}"`,
    );
  });
});

Deno.test("every case of the tracked plans is one that kernels can do", async () => {
  for (const tracked of await trackedPlans()) {
    plannedPass(tracked, convolution([1, 4, 1, 1], 4), "forward");
  }
});

Deno.test("conv2d() computes what the plan says, by the kernels that it says", async (t) => {
  const { device, adapter } = await testGpu();
  // By rules forward and the gradient of the input are by Winograd in one dispatch here, that of the weight is direct.
  const test = { input: [2, 12, 23, 21] as Shape, output: 20, leakyRelu: true };
  const key = (pass: ConvolutionPass) => caseKey(convolution(test.input, 20), pass);
  const cases = {
    "Winograd forward, direct gradients": [
      {
        [key("forward")]: { use: "winograd", tile: "64x32x16", chunks: 1, ...EVIDENCE },
        [key("dInput")]: { use: "direct", tile: "32x32x16", chunks: 1, ...EVIDENCE },
        [key("dWeight")]: { use: "direct", tile: "32x32x16", chunks: 3, ...EVIDENCE },
      },
      ["direct.dinput_32x32x16", "direct.dweight_32x32x16", "gemm.multiply_64x32x16"],
    ],
    "the gradient of the weight alone, in chunks": [
      { [key("dWeight")]: { use: "winograd", tile: "64x32x16", chunks: 2, ...EVIDENCE } },
      [
        "gemm.correlate_64x32x16",
        "winograd.dinput_fused_4x8",
        "winograd.forward_fused_6x4",
      ],
    ],
    "tiles of the picture": [
      {
        [key("forward")]: { use: "direct", tile: "halo_16x16x8", chunks: 1, ...EVIDENCE },
        [key("dInput")]: { use: "direct", tile: "halo_8x16x32", chunks: 1, ...EVIDENCE },
      },
      ["direct.dweight_32x32x16", "halo.dinput_halo_8x16x32", "halo.forward_halo_16x16x8"],
    ],
    "Winograd in one dispatch, no planes kept": [
      {
        [key("forward")]: { use: "fused", tile: "fused_12x32", chunks: 1, ...EVIDENCE },
        [key("dInput")]: { use: "fused", tile: "fused_8x16", chunks: 1, ...EVIDENCE },
        [key("dWeight")]: { use: "winograd", tile: "32x32x16", chunks: 1, ...EVIDENCE },
      },
      ["gemm.correlate_32x32x16", "winograd.dinput_fused_8x16", "winograd.forward_fused_12x32"],
    ],
  } as const;
  for (const [name, [said, kernels]] of Object.entries(cases)) {
    await t.step(name, async () => {
      const gpu = new Gpu(device, { ...adapter, fallback: false }, await plan(said));
      const got = await computeConvolution(gpu, test, {});
      assertClose("output", got.output, got.wanted.data, 5e-5);
      assertClose("gradient of the input", got.dInput, got.gradients.input.data, 1.5e-4);
      assertClose("gradient of the weight", got.dWeight, got.gradients.weight.data, 1.5e-4);
      assertClose("gradient of the bias", got.dBias, got.gradients.bias.data, 1.5e-4);
      const tiled = [...gpu.pipelines.keys()].filter((name) => name.includes("_tiled_"));
      assertEquals(tiled.sort(), kernels.map((name) => `convolution_tiled_${name}`));
      const sums = got.recorded.find(({ kernel }) => kernel.entryPoint.startsWith("correlate"));
      const inTwo = sums?.workgroups[2] === 2 * PLANES;
      assertEquals(inTwo, name.includes("in chunks"), `${sums?.workgroups}`);
    });
  }
});
