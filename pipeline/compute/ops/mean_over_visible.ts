/** Averages of penalties over what is visible, and their weighted sum (method, section 4). */
import code from "../../../kernels/compute/mean_over_visible.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";
import { addInTrees, gpuInvocations } from "./_sum_partials.ts";

const partialSums = defineKernel("mean_over_visible", code, "partial_sums", {
  reads: 2,
  writes: 1,
});
const finish = defineKernel("mean_over_visible", code, "finish", { reads: 1, writes: 3 });
const backward = defineKernel("mean_over_visible", code, "backward", { reads: 2, writes: 1 });

const BYTES_PER_VECTOR = 16;
/** As in the kernel: three penalties on four levels. */
const MOST_TERMS = 12;

export interface MeanTerm {
  /** [N, C, h, w], C at most 4, multiplied by the mask already. */
  readonly map: Value;
  /** [N, 1, H, W], not necessarily of the size of the map. */
  readonly visible: Value;
  readonly weight: number;
}

/** As weightedMeansOverVisible() of one term with weight 1, over the whole batch. */
export function meanOverVisible(tape: Tape, map: Value, visible: Value): Value {
  return weightedMeansOverVisible(tape, [{ map, visible, weight: 1 }]).total;
}

/**
 * The sum over terms of weight · mean(map) / (mean(visible) + 1e-7), both means over batch, channels and pixels of each of
 * `groups` equal parts of the batch (the directions of a training step), which are added up, too; 0 where nothing is visible, and
 * so is the gradient, which goes to the maps only.
 * @param terms 1 to 12 of one batch
 * @param options groups: parts of the batch, a divisor of N
 * @returns total [1, 1, 1, 1]; what it is the sum of, weighted, [terms · groups, 1, 1, 1], the groups of each term together: a
 * value without gradient
 * @throws {Error} when batch sizes or channels do not fit, or the number of terms
 */
export function weightedMeansOverVisible(
  tape: Tape,
  terms: readonly MeanTerm[],
  { groups = 1 }: { groups?: number } = {},
): { total: Value; means: Value } {
  checkTerms(terms, groups);
  const sizes = terms.map(({ map, visible, weight }) => {
    const [n, channels, h, w] = map.shape, [, , height, width] = visible.shape;
    return { channels, weight, pixels: n * h * w / groups, seen: n * height * width / groups };
  });
  const most = Math.max(...sizes.map(({ pixels }) => pixels));
  // On a CPU driver as many invocations as terms in each: both passes are equally long.
  const threads = tape.gpu.family === "gpu" ? gpuInvocations(most) : Math.ceil(Math.sqrt(most));
  const paramsOf = (term: number) => {
    const { pixels, seen, channels } = sizes[term];
    return [groups, threads, pixels, seen, channels, term];
  };
  const parts = terms.length * groups;
  const partials = tape.scratch("partial sums", BYTES_PER_VECTOR * parts * threads);
  terms.forEach(({ map, visible }, term) =>
    tape.dispatch(partialSums, {
      params: paramsOf(term),
      reads: [map.storage, visible.storage],
      writes: [partials],
      workgroups: workgroupsFor(groups * threads, 64),
    })
  );
  const left = addInTrees(tape, { storage: partials, sums: parts, count: threads });
  const scales = tape.scratch("scales of the means", BYTES_PER_VECTOR * parts);
  const total = tape.value("sum of means", [1, 1, 1, 1]);
  const means = tape.value("means", [parts, 1, 1, 1]);
  const places = Array.from({ length: MOST_TERMS }, (_, index) => sizes[index] ?? NO_TERM);
  tape.dispatch(finish, {
    params: [
      ...[groups, left.count, terms.length, 0],
      ...places.flatMap((term) => [term.pixels, term.seen, term.channels, f32(term.weight)]),
    ],
    reads: [left.storage],
    writes: [total.storage, means.storage, scales],
    workgroups: [1, 1, 1],
  });
  tape.node(total, terms.map(({ map }) => map), (dTotal) =>
    terms.forEach(({ map }, term) => {
      const dMap = tape.value(`d ${map.label}`, map.shape);
      tape.dispatch(backward, {
        params: paramsOf(term),
        reads: [dTotal.storage, scales],
        writes: [dMap.storage],
        workgroups: workgroupsFor(groups * sizes[term].pixels, 64),
      });
      tape.accumulate(map, dMap);
    }));
  return { total, means };
}

const NO_TERM = { pixels: 0, seen: 0, channels: 0, weight: 0 };

function checkTerms(terms: readonly MeanTerm[], groups: number): void {
  if (terms.length < 1 || terms.length > MOST_TERMS) {
    throw new Error(
      `Cannot average ${terms.length} maps: wanted 1 to ${MOST_TERMS}. Give at least one a weight.`,
    );
  }
  const [n] = terms[0].map.shape;
  for (const { map, visible } of terms) {
    const [images, channels] = map.shape;
    if (channels > 4) {
      throw new Error(
        `Cannot average ${map.label}: at most 4 channels are allowed, got ${channels}.`,
      );
    }
    if (visible.shape[0] !== n || visible.shape[1] !== 1 || images !== n) {
      throw new Error(
        `Cannot average ${map.label}: the mask must be [${n}, 1, H, W], got [${visible.shape}].`,
      );
    }
    if (n % groups !== 0) {
      throw new Error(`Cannot average ${map.label}: a batch of ${n} has no ${groups} equal parts.`);
    }
  }
}
