/**
 * Every golden vector, file, case and expected key, against the kernels through the public operations, with direct
 * convolutions, with the fast ones that training uses, and with those that a GPU gets. GOLDEN_DIR names another folder of the same format.
 * The tolerances are those of the README beside the vectors.
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { Gpu } from "../pipeline/compute/gpu/device.ts";
import { testGpu } from "./_adapter.ts";
import { type GoldenCase, type GoldenCheck, openGolden } from "./golden_checks/_golden.ts";
import { checkAdam3Steps } from "./golden_checks/adam_3_steps.ts";
import { checkAreaDownsample } from "./golden_checks/area_downsample.ts";
import { checkConv2d } from "./golden_checks/conv2d.ts";
import { checkCorrelation } from "./golden_checks/correlation.ts";
import { checkEvaluation } from "./golden_checks/evaluation.ts";
import { checkOcclusionForwardBackward } from "./golden_checks/occlusion_forward_backward.ts";
import { checkOcclusionSplat } from "./golden_checks/occlusion_splat.ts";
import { checkPhotometricCensus } from "./golden_checks/photometric_census.ts";
import { checkPhotometricL1 } from "./golden_checks/photometric_l1.ts";
import { checkPhotometricSsim } from "./golden_checks/photometric_ssim.ts";
import { checkPhotometricTotal } from "./golden_checks/photometric_total.ts";
import { checkPwcLite } from "./golden_checks/pwclite.ts";
import { checkSecondPass } from "./golden_checks/second_pass.ts";
import { checkSmoothness } from "./golden_checks/smoothness.ts";
import { checkTrainingTrajectory } from "./golden_checks/training_trajectory.ts";
import { checkUnrolledLoss } from "./golden_checks/unrolled_loss.ts";
import { checkUpsample } from "./golden_checks/upsample.ts";
import { checkWarp } from "./golden_checks/warp.ts";

interface Tolerances {
  readonly values: number;
  readonly gradients: number;
  /** How much looser the fast convolutions may be; 1 where the file has no convolution. */
  readonly fastFactor?: number;
  /** With how many cases, from the first, the kernels of a GPU are run, which are slow on a CPU; default all. */
  readonly gpuCases?: number;
}

const CHECKS: Record<string, { check: GoldenCheck } & Tolerances> = {
  adam_3_steps: { check: checkAdam3Steps, values: 1e-6, gradients: 1e-6 },
  area_downsample: { check: checkAreaDownsample, values: 1e-6, gradients: 1e-6 },
  conv2d: { check: checkConv2d, values: 1e-6, gradients: 3e-6, fastFactor: 50 },
  correlation: { check: checkCorrelation, values: 1e-6, gradients: 2e-6 },
  evaluation: { check: checkEvaluation, values: 1e-6, gradients: 1e-6 },
  occlusion_forward_backward: {
    check: checkOcclusionForwardBackward,
    values: 1e-5,
    gradients: 1e-5,
  },
  occlusion_splat: { check: checkOcclusionSplat, values: 1e-6, gradients: 1e-6 },
  photometric_census: { check: checkPhotometricCensus, values: 8e-5, gradients: 2e-4 },
  photometric_l1: { check: checkPhotometricL1, values: 1e-6, gradients: 1e-6 },
  photometric_ssim: { check: checkPhotometricSsim, values: 2e-4, gradients: 3e-5 },
  photometric_total: { check: checkPhotometricTotal, values: 4e-4, gradients: 1e-3 },
  pwclite: { check: checkPwcLite, values: 8e-6, gradients: 5e-4, fastFactor: 20 },
  second_pass: { check: checkSecondPass, values: 2e-5, gradients: 5e-4 },
  smoothness: { check: checkSmoothness, values: 1e-6, gradients: 2e-5 },
  training_trajectory: {
    check: checkTrainingTrajectory,
    values: 6e-4,
    gradients: 9e-3,
    fastFactor: 20,
    gpuCases: 1,
  },
  unrolled_loss: { check: checkUnrolledLoss, values: 2e-5, gradients: 3e-5 },
  upsample: { check: checkUpsample, values: 3e-6, gradients: 2e-6 },
  warp: { check: checkWarp, values: 1e-5, gradients: 9e-6 },
};

const folder = Deno.env.get("GOLDEN_DIR") ?? fromFileUrl(new URL("golden", import.meta.url));

// Masks must be equal. The second pair of columns of the README holds for gradients, and for final_* of the trajectories.
function toleranceOf(key: string, { values, gradients }: Tolerances): number {
  if (/^(occluded|visible_\d)/.test(key)) return 0;
  const secondColumn =
    /^(d(x|weight|bias|image|flow|f1|f2)$|dloss_|dtotal\/|dphotometric_|gradient_l2|final_)/;
  return secondColumn.test(key) ? gradients : values;
}

function worstDeviation(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Infinity;
  let largest = 0, worst = 0;
  for (let i = 0; i < want.length; i++) {
    largest = Math.max(largest, Math.abs(want[i]));
    const difference = Math.abs(got[i] - want[i]);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  return worst / (largest || 1);
}

const COLUMNS = [27, 34, 62, 6, 11, 9];
const line = (...cells: string[]) =>
  console.log(cells.map((cell, i) => cell.padEnd(COLUMNS[i])).join(" "));

/** Which convolutions: those of exact mode, those of this adapter, or those of a GPU. */
const MODES = ["exact", "fast", "gpu"] as const;
type Mode = typeof MODES[number];

async function checkCase(file: string, golden: GoldenCase, mode: Mode): Promise<string[]> {
  const entry = CHECKS[file];
  const opened = await testGpu();
  const gpu = mode === "gpu"
    ? new Gpu(opened.device, { ...opened.adapter, fallback: false })
    : opened;
  const results = await entry.check(gpu, golden, mode === "exact");
  const factor = mode === "exact" ? 1 : entry.fastFactor ?? 1;
  const failures: string[] = [];
  for (const key of golden.expected) {
    const got = results.get(key);
    const allowed = toleranceOf(key, entry) * factor;
    const deviation = got ? worstDeviation(got, golden.want(key).data) : NaN;
    const verdict = !got ? "NOT CHECKED" : deviation <= allowed ? "" : "TOO FAR";
    line(
      file,
      golden.name,
      key,
      mode,
      deviation.toExponential(2),
      allowed.toExponential(1),
      verdict,
    );
    if (verdict) {
      failures.push(
        `${file} ${golden.name} ${key} (${mode}): ${verdict} ${deviation} > ${allowed}`,
      );
    }
  }
  return failures;
}

Deno.test("golden vectors: every file, case and expected key", async (t) => {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".safetensors")).map((name) =>
      name.replace(/\.safetensors$/, "")
    ).sort();
  assert(
    names.length > 0,
    `No golden vectors in ${folder}: GOLDEN_DIR must name a folder of .safetensors files.`,
  );
  line("file", "case", "key", "mode", "deviation", "allowed");
  for (const name of names) {
    await t.step(name, async () => {
      assert(
        CHECKS[name],
        `No check computes ${name}; known are ${Object.keys(CHECKS).join(", ")}.`,
      );
      const { cases, keys } = await openGolden(folder, name);
      const failures: string[] = [];
      for (const mode of CHECKS[name].fastFactor ? MODES : ["exact"] as const) {
        const count = mode === "gpu" ? CHECKS[name].gpuCases : undefined;
        for (const golden of cases.slice(0, count)) {
          failures.push(...await checkCase(name, golden, mode));
        }
      }
      assertEquals(failures, []);
      const belonging = keys.filter((key) =>
        cases.some((golden) => key.startsWith(`${golden.name}/`))
      );
      assert(belonging.length > 0, `${name} holds no case that its metadata names.`);
    });
  }
});
