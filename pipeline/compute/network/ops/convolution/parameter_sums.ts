/**
 * The last step of the gradients of weight and bias, which goes into the one buffer of all gradients: whatever writes there waits
 * for what wrote there before. So on a GPU those of several convolutions, each with partial sums of its own, go in one dispatch.
 */
import { defineKernel, type Kernel } from "../../../gpu/kernel.ts";
import { type Param, workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import type { Convolution } from "./shape.ts";

/** Most convolutions of a dispatch. A CPU driver has the partial sums in its caches, and gains nothing by waiting for others. */
const AT_ONCE = { cpu: 1, gpu: 3 } as const;
/** Convolutions that the kernels have bindings and params for. */
export const MOST_ADDENDS = 3;
const THREADS = 64;

/** What a kernel adds to the gradients of one convolution. */
export interface Addend {
  readonly convolution: Convolution;
  /** Partial sums of the weight's gradient. */
  readonly sums: Storage;
  readonly biasSums: OutputGradient["biasSums"];
  /** Its params after the first thread: as many as the kernel's struct has. */
  readonly params: readonly Param[];
  /** Threads that it wants. */
  readonly threads: number;
}

/** Variants of an entry point, for one convolution, for two, for three. */
type AddingKernels = readonly Kernel[];

/** @param entryPoint takes (partial sums, sums for the bias) three times, and an override constant ADDENDS */
export function addingKernels(label: string, code: string, entryPoint: string): AddingKernels {
  return Array.from({ length: MOST_ADDENDS }, (_, index) =>
    defineKernel(label, code, entryPoint, {
      reads: 2 * MOST_ADDENDS,
      writes: 1,
      constants: { ADDENDS: index + 1 },
    }));
}

type Pending = Map<AddingKernels, Addend[]>;

function pendingOf(tape: Tape): Pending {
  return tape.once("pending gradients of parameters", () => new Map());
}

const sameParameters = (a: Convolution, b: Convolution) =>
  a.weight.name === b.weight.name || a.bias.name === b.bias.name;

/**
 * Adds partial sums to the gradients of weight and bias, recorded at the latest at the end of the backward pass. Those of one
 * parameter are added in the order of the calls.
 */
export function addToGradients(tape: Tape, kernels: AddingKernels, addend: Addend): void {
  const pending = pendingOf(tape);
  for (const [others, addends] of pending) {
    const same = addends.some(({ convolution }) => sameParameters(convolution, addend.convolution));
    if (same) record(tape, others);
  }
  const addends = pending.get(kernels) ?? [];
  pending.set(kernels, [...addends, addend]);
  const { [tape.gpu.family]: most } = AT_ONCE;
  if (addends.length + 1 === most) record(tape, kernels);
  else if (addends.length === 0) tape.atEndOfBackward(() => addPending(tape));
}

/** Records what waits for others: for a kernel that writes gradients by itself, and at the end. */
export function addPending(tape: Tape): void {
  for (const kernels of pendingOf(tape).keys()) record(tape, kernels);
}

function record(tape: Tape, kernels: AddingKernels): void {
  const pending = pendingOf(tape);
  const addends = pending.get(kernels) ?? [];
  pending.delete(kernels);
  const [first] = addends;
  if (!first) return;
  let threads = 0;
  const params = addends.flatMap((addend) => {
    const firstThread = threads;
    threads += Math.ceil(addend.threads / THREADS) * THREADS;
    return [firstThread, ...addend.params];
  });
  const missing = MOST_ADDENDS - addends.length;
  const absent = new Array<Param>(missing * (1 + first.params.length)).fill(0);
  const bound = [...addends, ...new Array<Addend>(missing).fill(first)];
  tape.dispatch(kernels[addends.length - 1], {
    params: [...params, ...absent],
    reads: bound.flatMap(({ sums, biasSums }) => [sums, biasSums]),
    writes: [first.convolution.weight.gradients],
    workgroups: workgroupsFor(threads, THREADS),
  });
}
