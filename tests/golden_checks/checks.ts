/**
 * Which check computes which file of golden vectors, how far its results may lie from them, and how far they do.
 * The tolerances are those of the README beside the vectors.
 */
import { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { GoldenCase, GoldenCheck } from "./_golden.ts";
import { checkAdam3Steps } from "./adam_3_steps.ts";
import { checkAreaDownsample } from "./area_downsample.ts";
import { checkConv2d } from "./conv2d.ts";
import { checkCorrelation } from "./correlation.ts";
import { checkEvaluation } from "./evaluation.ts";
import { checkOcclusionForwardBackward } from "./occlusion_forward_backward.ts";
import { checkOcclusionSplat } from "./occlusion_splat.ts";
import { checkPhotometricCensus } from "./photometric_census.ts";
import { checkPhotometricL1 } from "./photometric_l1.ts";
import { checkPhotometricSsim } from "./photometric_ssim.ts";
import { checkPhotometricTotal } from "./photometric_total.ts";
import { checkPwcLite } from "./pwclite.ts";
import { checkSecondPass } from "./second_pass.ts";
import { checkSmoothness } from "./smoothness.ts";
import { checkTrainingTrajectory } from "./training_trajectory.ts";
import { checkUnrolledLoss } from "./unrolled_loss.ts";
import { checkUpsample } from "./upsample.ts";
import { checkWarp } from "./warp.ts";

interface Tolerances {
  readonly values: number;
  readonly gradients: number;
  /** How much looser the fast convolutions may be; 1 where the file has no convolution. */
  readonly fastFactor?: number;
  /** With how many cases, from the first, the kernels of a GPU are run, which are slow on a CPU; default all. */
  readonly gpuCases?: number;
}

/** Which convolutions: those of exact mode, those of the adapter at hand, or those of a GPU. */
export const MODES = ["exact", "fast", "gpu"] as const;
export type Mode = typeof MODES[number];

export const CHECKS: Record<string, { check: GoldenCheck } & Tolerances> = {
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

/** One expected key of a case. */
export interface Deviation {
  readonly file: string;
  readonly case: string;
  readonly key: string;
  readonly mode: Mode;
  /** Largest difference over the largest wanted value; NaN when no check computes the key. */
  readonly deviation: number;
  readonly allowed: number;
}

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

/**
 * Computes a case and compares every expected key.
 * @param file a name of {@link CHECKS}
 * @param opened the device; in the mode `gpu` it is taken for that of a GPU, whatever it is
 */
export async function deviationsOf(
  opened: Gpu,
  file: string,
  golden: GoldenCase,
  mode: Mode,
): Promise<Deviation[]> {
  const entry = CHECKS[file];
  const gpu = mode === "gpu"
    ? new Gpu(opened.device, { ...opened.adapter, fallback: false })
    : opened;
  const results = await entry.check(gpu, golden, mode === "exact");
  const factor = mode === "exact" ? 1 : entry.fastFactor ?? 1;
  return golden.expected.map((key) => {
    const got = results.get(key);
    return {
      file,
      case: golden.name,
      key,
      mode,
      deviation: got ? worstDeviation(got, golden.want(key).data) : NaN,
      allowed: toleranceOf(key, entry) * factor,
    };
  });
}

/** What is wrong with a result, in two words; empty when nothing is. */
export function verdictOn({ deviation, allowed }: Deviation): string {
  if (Number.isNaN(deviation)) return "NOT CHECKED";
  return deviation <= allowed ? "" : "TOO FAR";
}

/** A sentence for each result that is wrong. */
export function failuresOf(results: readonly Deviation[]): string[] {
  return results.flatMap((result) => {
    const verdict = verdictOn(result), { file, key, mode, deviation, allowed } = result;
    return verdict
      ? [`${file} ${result.case} ${key} (${mode}): ${verdict} ${deviation} > ${allowed}`]
      : [];
  });
}
