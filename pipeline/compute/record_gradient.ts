/**
 * Gradients as sums that are not added up yet. Each consumer of a value leaves one summand; the kernel that takes the
 * gradient next reads them all, so that most sums and the splitting of a concatenation's gradient cost no pass of
 * their own. Summands are added in the order in which they arose.
 */
import code from "../../kernels/compute/arithmetic.wgsl" with { type: "text" };
import { defineKernel } from "./gpu/kernel.ts";
import { slotCount } from "./gpu/layout.ts";
import { workgroupsFor } from "./gpu/program.ts";
import type { Place, Storage } from "./gpu/tensor.ts";
import type { Operand, Recording } from "./recording.ts";

/** A part of the sum that a gradient is, where it lies. */
export interface Summand extends Place {
  /**
   * Values that a kernel has taken the whole gradient of, all summands, through the LeakyReLU that made them: what lies here is the
   * gradient before that, where nothing else is named. A summand of such a value is its only one.
   */
  readonly beforeActivation?: ReadonlyMap<Operand, OutputGradient | undefined>;
}

/** The gradient of a convolution's output before the activation. */
export interface OutputGradient {
  readonly gradient: Storage;
  /** Partial sums of it over pixels for the bias, [chunk][slot]; absent where the kernels of the weight's gradient make them. */
  readonly bias?: { readonly sums: Storage; readonly chunks: number };
}

/** Summands that one kernel reads. */
export const MOST_SUMMANDS = 5;

const kernels = Array.from(
  { length: MOST_SUMMANDS },
  (_, index) =>
    defineKernel("arithmetic", code, "add_summands", {
      reads: MOST_SUMMANDS,
      writes: 1,
      constants: { SUMMANDS: index + 1 },
    }),
);

/** All of a value. */
export function wholeOf({ storage, segments }: Operand): Summand {
  return { storage, stride: slotCount(segments) / 4, first: 0 };
}

/** Whether the gradient of `value` is one buffer already. */
export function isWhole(value: Operand, [summand, ...more]: readonly Summand[]): boolean {
  return more.length === 0 && summand.stride === wholeOf(value).stride && summand.first === 0;
}

/** What a kernel of {@link MOST_SUMMANDS} bindings is given: the buffers, the last one repeated, and their params. */
export function bindSummands(
  summands: readonly Summand[],
): { reads: Storage[]; params: number[] } {
  const all = Array.from({ length: MOST_SUMMANDS }, (_, i) => summands[i] ?? summands.at(-1)!);
  return {
    reads: all.map(({ storage }) => storage),
    params: all.flatMap(({ stride, first }) => [stride, first]),
  };
}

/** The gradient of `value` as one summand: a sum is recorded where there are several. */
export function oneSummand(
  tape: Recording,
  value: Operand,
  summands: readonly Summand[],
): Summand {
  return summands.length === 1 ? summands[0] : wholeOf(recordSummands(tape, value, summands));
}

/** Records sums until so few summands are left that one kernel reads them. */
export function fewSummands(
  tape: Recording,
  value: Operand,
  summands: readonly Summand[],
): readonly Summand[] {
  if (summands.length <= MOST_SUMMANDS) return summands;
  const sum = recordSummands(tape, value, summands.slice(0, MOST_SUMMANDS));
  return fewSummands(tape, value, [wholeOf(sum), ...summands.slice(MOST_SUMMANDS)]);
}

/**
 * The gradient of `value` in one buffer; records nothing where it is one already.
 * @throws {Error} when a convolution has taken it through the value's activation
 */
export function recordSummands(
  tape: Recording,
  value: Operand,
  summands: readonly Summand[],
): Operand {
  const { label, shape, segments } = value;
  const [only] = summands;
  if (only.beforeActivation?.has(value)) {
    throw new Error(
      `Cannot give the gradient of ${label}: the convolution that uses it has taken it through its LeakyReLU. ` +
        `Record with exact convolutions, and it is kept.`,
    );
  }
  if (isWhole(value, summands)) {
    return { label: `d ${label}`, shape, segments, storage: only.storage };
  }
  const few = fewSummands(tape, value, summands);
  const { reads, params } = bindSummands(few), slots = wholeOf(value).stride;
  const sum = tape.value(`d ${label}`, shape, segments);
  const count = shape[0] * shape[2] * shape[3] * slots;
  tape.dispatch(kernels[few.length - 1], {
    params: [count, slots, ...params],
    reads,
    writes: [sum.storage],
    workgroups: workgroupsFor(count, 64),
  });
  return sum;
}
