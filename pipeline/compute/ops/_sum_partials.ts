/**
 * Ordered sums in two passes. In the first, which each loss fuses with its own arithmetic, invocation p of P adds the
 * terms p, p + P, p + 2P ... and writes partial sum p; the second adds the partial sums in order. The same bits on
 * every run, without atomics. On a GPU far more invocations share the first pass, and trees add what they leave.
 */
import code from "../../../kernels/compute/sum_partials.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { type Workgroups, workgroupsFor } from "../gpu/program.ts";
import type { Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const finish = defineKernel("sum_partials", code, "finish", { reads: 1, writes: 1 });
const addTree = defineKernel("sum_partials", code, "add_tree", { reads: 1, writes: 1 });

const GROUP = 64;
const TERMS_PER_INVOCATION = 32;
const MOST_PARTIALS = 4096;
const GPU_TERMS_PER_INVOCATION = 8;
/** One for 20 pixels of a batch of 4 at 384x832; trees make one sum of them in two dispatches. */
const GPU_MOST_PARTIALS = 65536;
/** As in the kernel: vec4 that a workgroup of a tree adds up. */
const RUN = 1024;
const BYTES_PER_VECTOR = 16;

/** Where a first pass writes. */
export interface Partials {
  /** One f32 for each invocation. */
  readonly storage: Storage;
  /** Invocations of the first pass, P; a multiple of its workgroup size, 64. */
  readonly count: number;
  readonly workgroups: Workgroups;
}

/** Decides how many invocations share the sum of `terms` terms. */
export function partialsFor(tape: Tape, terms: number): Partials {
  const groups = Math.ceil(terms / (GROUP * TERMS_PER_INVOCATION));
  const count = tape.gpu.family === "gpu"
    ? gpuInvocations(terms)
    : Math.min(GROUP * groups, MOST_PARTIALS);
  return {
    storage: tape.scratch("partial sums", 4 * count),
    count,
    workgroups: workgroupsFor(count, GROUP),
  };
}

/** How many invocations share the sum of `terms` terms on a GPU, whose second pass is made of trees. */
export function gpuInvocations(terms: number): number {
  const groups = Math.ceil(terms / (GROUP * GPU_TERMS_PER_INVOCATION));
  return Math.min(GROUP * groups, GPU_MOST_PARTIALS);
}

/** The second pass. Returns a scalar [1, 1, 1, 1]. */
export function sumPartials(tape: Tape, label: string, partials: Partials): Value {
  const total = tape.value(label, [1, 1, 1, 1]);
  const { storage, count } = addInTrees(tape, {
    storage: partials.storage,
    sums: 1,
    count: partials.count / 4,
  });
  tape.dispatch(finish, {
    params: [count],
    reads: [storage],
    writes: [total.storage],
    workgroups: [1, 1, 1],
  });
  return total;
}

/**
 * What one thread a sum adds up to the end: on a GPU, where it would wait for each vec4, one of them, which trees leave;
 * on a CPU driver, for which barriers are dear, what is given.
 * @param given `sums` times `count` vec4, the vec4 of each sum together
 */
export function addInTrees(
  tape: Tape,
  given: { readonly storage: Storage; readonly sums: number; readonly count: number },
): { storage: Storage; count: number } {
  const { storage, sums, count } = given;
  if (tape.gpu.family === "cpu" || count === 1) return { storage, count };
  const runs = Math.ceil(count / RUN);
  const added = tape.scratch("sums of trees", BYTES_PER_VECTOR * sums * runs);
  tape.dispatch(addTree, {
    params: [count],
    reads: [storage],
    writes: [added],
    workgroups: [runs, sums, 1],
  });
  return addInTrees(tape, { storage: added, sums, count: runs });
}
