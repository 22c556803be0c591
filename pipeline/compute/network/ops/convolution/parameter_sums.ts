/**
 * The last step of the gradients of weight and bias, which goes into the one buffer of all gradients: whatever writes there waits
 * for what wrote there before. So those of several convolutions, each with partial sums of its own, go in one dispatch.
 */
import code from "../../../../../kernels/network/convolution_sum.wgsl" with { type: "text" };
import { defineKernel, type Kernel } from "../../../gpu/kernel.ts";
import { workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import type { Convolution } from "./shape.ts";

/** Most convolutions of a dispatch: the kernels have bindings and params for so many. */
export const MOST_ADDENDS = 3;
const THREADS = 64;

/** What is added to the gradients of one convolution. */
export interface Addend {
  readonly convolution: Convolution;
  /** Of the weight's gradient: of `chunks` of pixels for each tap that meets the picture, or of all pixels in Winograd's planes. */
  readonly sums: Storage;
  /** Absent for planes. */
  readonly chunks?: number;
  readonly biasSums: OutputGradient["biasSums"];
  readonly biasChunks: number;
  /** 1 where weight or bias have a gradient that these are added to. */
  readonly keep: readonly [weight: 0 | 1, bias: 0 | 1];
}

// Variants of an entry point, for one convolution, for two, for three.
const addingKernels = (entryPoint: string): readonly Kernel[] =>
  Array.from(
    { length: MOST_ADDENDS },
    (_, index) =>
      defineKernel("convolution_sum", code, entryPoint, {
        reads: 2 * MOST_ADDENDS,
        writes: 1,
        constants: { ADDENDS: index + 1 },
      }),
  );

const KERNELS = { taps: addingKernels("dsum"), planes: addingKernels("dsum_planes") } as const;
type Form = keyof typeof KERNELS;

type Pending = Map<Form, Addend[]>;

function pendingOf(tape: Tape): Pending {
  return tape.once("pending gradients of parameters", () => new Map());
}

const sameParameters = (a: Convolution, b: Convolution) =>
  a.weight.name === b.weight.name || a.bias.name === b.bias.name;

/**
 * Adds partial sums to the gradients of weight and bias, recorded at the latest at the end of the backward pass. Those of one
 * parameter are added in the order of the calls.
 */
export function addToGradients(tape: Tape, addend: Addend): void {
  const pending = pendingOf(tape);
  for (const [form, addends] of pending) {
    const same = addends.some(({ convolution }) => sameParameters(convolution, addend.convolution));
    if (same) record(tape, form);
  }
  const form = addend.chunks === undefined ? "planes" : "taps";
  const addends = pending.get(form) ?? [];
  pending.set(form, [...addends, addend]);
  if (addends.length + 1 === MOST_ADDENDS) record(tape, form);
  else if (addends.length === 0) tape.atEndOfBackward(() => addPending(tape));
}

/** Records what waits for others: for a kernel that writes gradients by itself, and at the end. */
export function addPending(tape: Tape): void {
  for (const form of pendingOf(tape).keys()) record(tape, form);
}

function record(tape: Tape, form: Form): void {
  const pending = pendingOf(tape);
  const addends = pending.get(form) ?? [];
  pending.delete(form);
  const [first] = addends;
  if (!first) return;
  let threads = 0;
  const params = addends.flatMap((addend) => {
    const { cells, values } = paramsOf(addend);
    const firstThread = threads;
    threads += Math.ceil((cells + addend.convolution.outputSlots) / THREADS) * THREADS;
    return [firstThread, ...values];
  });
  const missing = MOST_ADDENDS - addends.length;
  const absent = new Array<number>(missing * params.length / addends.length).fill(0);
  const bound = [...addends, ...new Array<Addend>(missing).fill(first)];
  tape.dispatch(KERNELS[form][addends.length - 1], {
    params: [...params, ...absent],
    reads: bound.flatMap(({ sums, biasSums }) => [sums, biasSums]),
    writes: [first.convolution.weight.gradients],
    workgroups: workgroupsFor(threads, THREADS),
  });
}

/** The fields of the kernel's struct after the first thread, of which `cells` threads have the weight. */
function paramsOf(
  { convolution, chunks, biasChunks, keep }: Addend,
): { cells: number; values: number[] } {
  const { weight, bias, inputSlots, outputSlots, taps, firstTap, kernel } = convolution;
  const ofTap = 4 * inputSlots * outputSlots;
  const [cells, firstCell, usedCells] = chunks === undefined
    ? [ofTap, 0, 0]
    : [taps * ofTap, firstTap * ofTap, kernel ** 2 * ofTap];
  const values = [cells, firstCell, usedCells, outputSlots, weight.offset / 4, bias.offset / 4];
  return { cells, values: [...values, chunks ?? 0, biasChunks, ...keep, 0] };
}
