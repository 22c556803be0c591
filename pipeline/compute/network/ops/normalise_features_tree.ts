/** Feature normalisation as a GPU likes it: whole workgroups share the sums of a sample. See normalise_features.ts. */
import code from "../../../../kernels/network/normalise_features_tree.wgsl" with { type: "text" };
import { defineKernel } from "../../gpu/kernel.ts";
import { slotCount } from "../../gpu/layout.ts";
import { f32, workgroupsFor } from "../../gpu/program.ts";
import { addInTrees } from "../../ops/_sum_partials.ts";
import type { Tape, Value } from "../../tape.ts";

const LABEL = "normalise_features_tree";
const statistics = defineKernel(LABEL, code, "statistics", { reads: 1, writes: 1 });
const combine = defineKernel(LABEL, code, "combine", { reads: 1, writes: 1 });
const normalise = defineKernel(LABEL, code, "normalise", { reads: 2, writes: 1 });
const gradientSums = defineKernel(LABEL, code, "gradient_sums", { reads: 2, writes: 1 });
const gradient = defineKernel(LABEL, code, "gradient", { reads: 4, writes: 1 });

/** As in the kernels: threads of a workgroup, and so the most parts of a sample. */
const THREADS = 256;
/** Fewest vec4 of a thread, so that few parts stand against the tree at their end. */
const VECTORS_PER_THREAD = 8;

/**
 * As normaliseFeatures(), whose checks `input` has passed.
 * @param epsilon what is added to the variance
 */
export function normaliseInTrees(tape: Tape, input: Value, epsilon: number): Value {
  const [n, c, h, w] = input.shape;
  const slots = slotCount(input.segments) / 4, vectors = h * w * slots;
  const wanted = Math.min(THREADS, Math.ceil(vectors / (VECTORS_PER_THREAD * THREADS)));
  const run = Math.ceil(vectors / wanted), parts = Math.ceil(vectors / run);
  const params = [n, vectors, slots, c, parts, run, f32(epsilon)];
  const moments = tape.scratch(`moments of ${input.label}`, 16 * n * parts);
  const scales = tape.scratch(`scales of ${input.label}`, 8 * n);
  const output = tape.value(`${input.label} normalised`, input.shape);
  const perVector = workgroupsFor(n * vectors, THREADS);
  tape.dispatch(statistics, {
    params,
    reads: [input.storage],
    writes: [moments],
    workgroups: [parts, n, 1],
  });
  tape.dispatch(combine, { params, reads: [moments], writes: [scales], workgroups: [n, 1, 1] });
  tape.dispatch(normalise, {
    params,
    reads: [input.storage, scales],
    writes: [output.storage],
    workgroups: perVector,
  });
  tape.node(output, [input], (dOutput) => {
    const partSums = tape.scratch(`gradient sums of ${input.label}`, 16 * n * parts);
    const dInput = tape.value(`d ${input.label}`, input.shape);
    tape.dispatch(gradientSums, {
      params,
      reads: [dOutput.storage, output.storage],
      writes: [partSums],
      workgroups: [parts, n, 1],
    });
    const sums = addInTrees(tape, { storage: partSums, sums: n, count: parts });
    tape.dispatch(gradient, {
      params,
      reads: [dOutput.storage, output.storage, sums.storage, scales],
      writes: [dInput.storage],
      workgroups: perVector,
    });
    tape.accumulate(input, dInput);
  });
  return output;
}
