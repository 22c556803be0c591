/**
 * Clipping by the norm of all gradients together (Pascanu et al. 2013; the same factor as PyTorch's clip_grad_norm_).
 * The gradients stay as they are: recordAdam() multiplies by the factor.
 */
import code from "../../../kernels/compute/gradient_clip.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import { addInTrees, gpuInvocations } from "./_sum_partials.ts";
import type { Parameters } from "../parameters.ts";
import type { Tape, Value } from "../tape.ts";

const partialSums = defineKernel("gradient_clip", code, "partial_sums", { reads: 1, writes: 1 });
const finish = defineKernel("gradient_clip", code, "finish", { reads: 1, writes: 2 });

/** The factor that the gradients of a step are multiplied by; 1 until a program computes it. */
export class GradientClip {
  /** One f32. */
  readonly factor: Storage;

  constructor(gpu: Gpu) {
    this.factor = persistentStorage(gpu, "clip factor", new Float32Array([1, 0, 0, 0]));
  }
}

/**
 * Records the norm of the gradients and the factor min(1, maximumNorm / (norm + 1e-6)). Belongs after backward().
 * @param maximumNorm 0 does not clip, the norm is computed all the same
 * @returns the L2 norm before clipping, [1, 1, 1, 1]
 * @throws {Error} for a negative maximum
 */
export function recordGradientClip(
  tape: Tape,
  parameters: Pick<Parameters, "gradients" | "floats">,
  clip: GradientClip,
  maximumNorm: number,
): Value {
  if (!(maximumNorm >= 0)) {
    throw new Error(
      `Cannot clip gradients to a norm of ${maximumNorm}: it must be positive, or 0 for no clipping.`,
    );
  }
  const count = parameters.floats / 4;
  // On a CPU driver as many invocations as terms in each: both passes are equally long.
  const threads = tape.gpu.family === "gpu" ? gpuInvocations(count) : Math.ceil(Math.sqrt(count));
  const partials = tape.scratch("squared gradients", 4 * threads);
  const norm = tape.value("gradient norm", [1, 1, 1, 1]);
  tape.dispatch(partialSums, {
    params: [count, threads, f32(maximumNorm)],
    reads: [parameters.gradients],
    writes: [partials],
    workgroups: workgroupsFor(threads, 64),
  });
  const left = addInTrees(tape, { storage: partials, sums: 1, count: Math.ceil(threads / 4) });
  tape.dispatch(finish, {
    params: [count, Math.min(threads, 4 * left.count), f32(maximumNorm)],
    reads: [left.storage],
    writes: [norm.storage, clip.factor],
    workgroups: [1, 1, 1],
  });
  return norm;
}
