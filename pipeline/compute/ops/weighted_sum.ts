/** The sum of the terms of a loss with their weights. */
import code from "../../../kernels/compute/weighted_sum.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

/** Terms of one dispatch: all but one of the eight storage bindings. */
const TERMS = 7;

const forward = defineKernel("weighted_sum", code, "forward", { reads: TERMS, writes: 1 });
const backward = defineKernel("weighted_sum", code, "backward", { reads: 1, writes: TERMS });

export interface WeightedTerm {
  /** [G, 1, 1, 1], any G. */
  readonly value: Value;
  readonly weight: number;
}

/**
 * The sum over terms of weight * (sum of the term's scalars), in the order given.
 * @returns [1, 1, 1, 1]
 * @throws {Error} when there is no term or one is not a list of scalars
 */
export function weightedSum(tape: Tape, terms: readonly WeightedTerm[]): Value {
  if (terms.length === 0) {
    throw new Error("Cannot add up a loss without terms: give at least one a weight.");
  }
  for (const { value: { label, shape } } of terms) {
    if (shape.slice(1).some((side) => side !== 1)) {
      throw new Error(`Cannot add ${label} to a loss: it must be [G, 1, 1, 1], got [${shape}].`);
    }
  }
  if (terms.length > TERMS) {
    const first = weightedSum(tape, terms.slice(0, TERMS));
    return weightedSum(tape, [{ value: first, weight: 1 }, ...terms.slice(TERMS)]);
  }
  const places = Array.from({ length: TERMS }, (_, index) => terms[index]);
  const weights = places.map((term) => f32(term?.weight ?? 0));
  const total = tape.value("weighted sum", [1, 1, 1, 1]);
  tape.dispatch(forward, {
    params: [...places.map((term) => term?.value.shape[0] ?? 0), ...weights],
    // Absent terms count nothing; any buffer fills their place.
    reads: places.map((term) => (term ?? terms[0]).value.storage),
    writes: [total.storage],
    workgroups: [1, 1, 1],
  });
  tape.node(total, terms.map(({ value }) => value), (dTotal) => {
    const gradients = places.map((term) =>
      term && tape.isDifferentiable(term.value)
        ? tape.value(`d ${term.value.label}`, term.value.shape)
        : undefined
    );
    const counts = gradients.map((gradient) => gradient?.shape[0] ?? 0);
    tape.dispatch(backward, {
      params: [...counts, ...weights],
      reads: [dTotal.storage],
      writes: gradients.map((gradient) => gradient?.storage ?? tape.scratch("unused", 16)),
      workgroups: workgroupsFor(Math.max(...counts), 64),
    });
    gradients.forEach((gradient, index) => {
      if (gradient) tape.accumulate(terms[index].value, gradient);
    });
  });
  return total;
}
