/**
 * The kernels and the library in a browser: a second compiler of WGSL (Tint) and a second implementation of WebGPU (Dawn),
 * on a driver of its own (SwiftShader), where Deno has naga, wgpu and Mesa's.
 */
import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { MOST_TOGETHER } from "../../pipeline/compute/network/ops/convolution/together.ts";
import { MOST_SUMMANDS } from "../../pipeline/compute/record_gradient.ts";
import { allKernels } from "../../tools/kernels.ts";
import { testGpu } from "../_adapter.ts";
import { sharpenedBits } from "../flow/_sharpened.ts";
import { assertClose } from "../_operation.ts";
import { openGolden } from "../golden_checks/_golden.ts";
import type { Deviation } from "../golden_checks/checks.ts";
import { checkFirstStep } from "../golden_checks/training_trajectory.ts";
import type { GivenKernel, GivenPipeline } from "./_in_page.ts";
import { openWebGpuPage } from "./_webgpu_page.ts";

/** Values that programs give to the `override` constants that are numbers. */
const OVERRIDES = new Map([
  ["SUMMANDS", Array.from({ length: MOST_SUMMANDS }, (_, index) => index + 1)],
  ["OUTPUTS", [1, 2]],
  ["LONGEST", [32, 0xffffffff]],
  ["BUFFERS", Array.from({ length: MOST_TOGETHER }, (_, index) => index + 1)],
]);

/** Of each operation of the network and its losses; the ten steps of the trajectories would take minutes here, where their first is compared. */
const GOLDEN = [
  "adam_3_steps",
  "area_downsample",
  "conv2d",
  "correlation",
  "occlusion_forward_backward",
  "occlusion_splat",
  "photometric_census",
  "photometric_l1",
  "photometric_ssim",
  "photometric_total",
  "pwclite",
  "second_pass",
  "smoothness",
  "unrolled_loss",
  "upsample",
  "warp",
];

/** As that of the trajectories: Adam divides by small gradients, of which two implementations round each otherwise. */
const STEP_TOLERANCE = 6e-4;

function valuesOf(kernel: string, override: string, type: string): readonly number[] {
  const values = type === "bool" ? [0, 1] : OVERRIDES.get(override);
  if (values) return values;
  throw new Error(`Cannot compile ${kernel}: add the values of ${override} to OVERRIDES.`);
}

/** Each entry point with each combination of constants. */
function pipelinesOf(name: string, text: string): GivenPipeline[] {
  const overrides = [...text.matchAll(/\boverride (\w+): (\w+)/g)];
  const constants = overrides.reduce<Record<string, number>[]>(
    (sets, [, key, type]) =>
      valuesOf(name, key, type).flatMap((value) => sets.map((set) => ({ ...set, [key]: value }))),
    [{}],
  );
  const entryPoints = [...text.matchAll(/@compute[^]*?fn (\w+)/g)].map((match) => match[1]);
  return entryPoints.flatMap((entryPoint) =>
    constants.map((values) => ({ entryPoint, constants: values }))
  );
}

/** Tint compiles these like all others; SwiftShader would take minutes for their pipelines, which hold 64 accumulators a thread. */
const NO_PIPELINES = /^convolution_(joint_)?tiled/;

const given = (name: string, text: string): GivenKernel => ({
  name,
  text,
  pipelines: NO_PIPELINES.test(name) ? [] : pipelinesOf(name, text),
});

/** Kernels that no tool lists. */
const DOCTOR = "commands/doctor.wgsl";

/** The result that came closest to its tolerance, or went furthest beyond. */
function closest(results: readonly Deviation[]): string {
  const share = ({ deviation, allowed }: Deviation) => deviation === 0 ? 0 : deviation / allowed;
  const worst = results.reduce((a, b) => share(b) > share(a) ? b : a);
  return `${worst.case} ${worst.key} (${worst.mode}): ${worst.deviation} of ${worst.allowed}`;
}

Deno.test("kernels and library in Chromium", async (t) => {
  await using page = await openWebGpuPage();
  const { vendor, architecture, subgroupsOfEight } = await page.call("adapter");
  console.log(`adapter of Chromium: ${vendor} ${architecture}`);

  await t.step("the adapter has no subgroups of eight, so the plain kernels run", () => {
    assertEquals(subgroupsOfEight, false);
  });

  await t.step(
    "Tint compiles every kernel, written or generated, and SwiftShader each pipeline that is small",
    async () => {
      const kernels = [...allKernels("kernels"), {
        name: "doctor",
        text: Deno.readTextFileSync(DOCTOR),
      }]
        .map(({ name, text }) => given(name, text));
      let pipelines = 0;
      const errors: string[] = [], warnings: string[] = [];
      // One by one: the browser's driver gives up a call after three minutes, which all of them take on a busy machine.
      for (const kernel of kernels) {
        const compiled = await page.call("compileAll", [kernel]);
        pipelines += compiled.pipelines;
        errors.push(...compiled.errors);
        warnings.push(...compiled.warnings);
      }
      const without = kernels.filter((kernel) => kernel.pipelines.length === 0).length;
      console.log(
        `${kernels.length} kernels, ${without} of them without a pipeline, ${pipelines} pipelines, ` +
          `${warnings.length} warnings`,
      );
      warnings.forEach((warning) => console.log(warning));
      assertEquals(errors, []);
      assertEquals(pipelines, kernels.flatMap((kernel) => kernel.pipelines).length);
      assertGreater(pipelines, 100);
    },
  );

  for (const file of GOLDEN) {
    await t.step(`golden vectors: ${file}`, async () => {
      const { results, failures } = await page.call("measure", file);
      console.log(
        `${file}: ${results.length} results, closest to its tolerance ${closest(results)}`,
      );
      assertEquals(failures, []);
    });
  }

  await t.step("one training step of the network goes where it goes in Deno", async () => {
    const there = await page.call("trainingStep");
    const { cases: [first] } = await openGolden(
      "tests/golden",
      "training_trajectory",
      Deno.readFile,
    );
    const here = await checkFirstStep(await testGpu(), first, false);
    assertEquals(Object.keys(there), [...here.keys()]);
    const deviations = [...here].map(([name, values]) =>
      `${name} ${assertClose(name, there[name], values, STEP_TOLERANCE).toExponential(1)}`
    );
    console.log(`training step: ${deviations.join(", ")}`);
    const official = first.want("total").data.slice(0, 2);
    assertClose("total of the official code", there.total, official, STEP_TOLERANCE);
  });

  await t.step("normaliseFeatures() equals its float64 twin", async () => {
    await page.call("compareNormaliseFeatures");
  });

  await t.step("flows are sharpened to the same bits as in Deno", async () => {
    const there = await page.call("sharpened");
    assertEquals(there, await sharpenedBits(await testGpu()));
    assertGreater(new Set(there).size, 100);
  });

  await t.step("the library chose direct and Winograd's convolutions, both passes", async () => {
    const { kernels: pipelines } = await page.call("measure", "area_downsample");
    const kernels = pipelines.map((name) => name.replace(/\(.*\)$/, ""));
    const passes = [
      ...["forward", "dinput", "dweight"].map((pass) => `convolution_direct.${pass}`),
      ...["input", "output", "gradient"].map((pass) => `convolution_winograd.${pass}`),
      "convolution_sum.dsum_planes",
      ...["multiply", "multiply_transposed", "correlate"].map((pass) => `convolution_gemm.${pass}`),
    ];
    assertEquals(passes.filter((pass) => !kernels.includes(pass)), []);
  });

  await t.step("the page reported no error or warning of its own", () => {
    assertEquals(page.errors, []);
  });

  await t.step("what Tint refuses is named with its line", async () => {
    const early = `@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
@compute @workgroup_size(8)
fn main(@builtin(local_invocation_index) local: u32) {
  if (local >= arrayLength(&sums)) { return; }
  sums[local] = subgroupShuffle(sums[local], 0u);
}`;
    const { pipelines, errors } = await page.call("compileAll", [given("early", early)]);
    assertEquals([pipelines, errors.length], [0, 1], errors.join("\n"));
    assertMatch(
      errors[0],
      /^early:5:\d+ 'subgroupShuffle' must only be called from subgroup uniform/,
    );
  });
});
