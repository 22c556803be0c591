/**
 * Ordered sums in two passes. In the first, which each loss fuses with its own arithmetic, invocation p of P adds the
 * terms p, p + P, p + 2P ... and writes partial sum p; the second adds the partial sums in order. The same bits on
 * every run, without atomics or barriers.
 */
import code from "../../../kernels/compute/sum_partials.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { type Workgroups, workgroupsFor } from "../gpu/program.ts";
import type { Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const finish = defineKernel("sum_partials", code, "finish", { reads: 1, writes: 1 });

const GROUP = 64;
const TERMS_PER_INVOCATION = 32;
const MOST_PARTIALS = 4096;

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
  const count = Math.min(GROUP * groups, MOST_PARTIALS);
  return {
    storage: tape.scratch("partial sums", 4 * count),
    count,
    workgroups: workgroupsFor(count, GROUP),
  };
}

/** The second pass. Returns a scalar [1, 1, 1, 1]. */
export function sumPartials(tape: Tape, label: string, partials: Partials): Value {
  const total = tape.value(label, [1, 1, 1, 1]);
  tape.dispatch(finish, {
    params: [partials.count / 4],
    reads: [partials.storage],
    writes: [total.storage],
    workgroups: [1, 1, 1],
  });
  return total;
}
