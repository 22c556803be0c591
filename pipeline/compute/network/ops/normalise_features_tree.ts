/** Feature normalisation as a GPU likes it: whole workgroups share the sums of a sample. See normalise_features.ts. */
import code from "../../../../kernels/network/normalise_features_tree.wgsl" with { type: "text" };
import { defineKernel } from "../../gpu/kernel.ts";
import { slotCount } from "../../gpu/layout.ts";
import { f32, type Workgroups, workgroupsFor } from "../../gpu/program.ts";
import { addInTrees } from "../../ops/_sum_partials.ts";
import type { Tape, Value } from "../../tape.ts";
import type { RecordGradients } from "./normalise_features.ts";

const LABEL = "normalise_features_tree";
const statistics = defineKernel(LABEL, code, "statistics", { reads: 2, writes: 1 });
const combine = defineKernel(LABEL, code, "combine", { reads: 1, writes: 1 });
const normalise = defineKernel(LABEL, code, "normalise", { reads: 3, writes: 2 });
const gradientSums = defineKernel(LABEL, code, "gradient_sums", { reads: 4, writes: 1 });
const gradient = defineKernel(LABEL, code, "gradient", { reads: 6, writes: 2 });

/** As in the kernels: threads of a workgroup, and so the most parts of a sample. */
const THREADS = 256;
/** Fewest vec4 of a thread, so that few parts stand against the tree at their end. */
const VECTORS_PER_THREAD = 8;

/**
 * The kernels of normaliseFeatures(), whose checks the inputs have passed.
 * @param epsilon what is added to the variance
 */
export function normaliseInTrees(
  tape: Tape,
  inputs: readonly Value[],
  outputs: readonly Value[],
  epsilon: number,
): RecordGradients {
  const [{ label, shape: [n, c, h, w], segments }] = inputs;
  const slots = slotCount(segments) / 4, vectors = h * w * slots;
  const wanted = Math.min(THREADS, Math.ceil(vectors / (VECTORS_PER_THREAD * THREADS)));
  const run = Math.ceil(vectors / wanted), parts = Math.ceil(vectors / run);
  const params = [n, vectors, slots, c, parts, run, f32(epsilon)];
  const moments = tape.scratch(`moments of ${label}`, 32 * n * parts);
  const scales = tape.scratch(`scales of ${label}`, 16 * n);
  const perPart: Workgroups = [parts, 2 * n, 1];
  const perVector = workgroupsFor(2 * n * vectors, THREADS);
  const sources = inputs.map(({ storage }) => storage);
  const normalised = outputs.map(({ storage }) => storage);
  tape.dispatch(statistics, { params, reads: sources, writes: [moments], workgroups: perPart });
  tape.dispatch(combine, {
    params,
    reads: [moments],
    writes: [scales],
    workgroups: [2 * n, 1, 1],
  });
  tape.dispatch(normalise, {
    params,
    reads: [...sources, scales],
    writes: normalised,
    workgroups: perVector,
  });
  return (dOutputs, dInputs) => {
    const reads = [...dOutputs, ...normalised];
    const partSums = tape.scratch(`gradient sums of ${label}`, 32 * n * parts);
    tape.dispatch(gradientSums, { params, reads, writes: [partSums], workgroups: perPart });
    const sums = addInTrees(tape, { storage: partSums, sums: 2 * n, count: parts });
    tape.dispatch(gradient, {
      params,
      reads: [...reads, sums.storage, scales],
      writes: dInputs,
      workgroups: perVector,
    });
  };
}
