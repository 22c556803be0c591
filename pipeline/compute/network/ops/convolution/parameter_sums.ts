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
import { MOST_TOGETHER, recordTogether } from "./together.ts";

const THREADS = 64;

/** What is added to the gradients of one convolution. */
export interface Addend {
  readonly convolution: Convolution;
  /** Of the weight's gradient, over chunks: of pixels, for each tap that meets the picture, or of tiles, in Winograd's planes. */
  readonly sums: Storage;
  readonly planes?: boolean;
  /** Of planes on a CPU driver one. */
  readonly chunks: number;
  readonly biasSums: OutputGradient["biasSums"];
  readonly biasChunks: number;
  /** 1 where weight or bias have a gradient that these are added to. */
  readonly keep: readonly [weight: 0 | 1, bias: 0 | 1];
}

// Variants of an entry point, for one convolution, for two, for three.
const addingKernels = (entryPoint: string): readonly Kernel[] =>
  Array.from(
    { length: MOST_TOGETHER },
    (_, index) =>
      defineKernel("convolution_sum", code, entryPoint, {
        reads: 2 * MOST_TOGETHER,
        writes: 1,
        constants: { ADDENDS: index + 1 },
      }),
  );

// With the cells of a workgroup.
const FORMS = {
  taps: { kernels: addingKernels("dsum"), cells: THREADS },
  planes: { kernels: addingKernels("dsum_planes"), cells: THREADS },
  planesShared: { kernels: addingKernels("dsum_planes_shared"), cells: 16 },
} as const;
type Form = keyof typeof FORMS;

/**
 * Adds partial sums to the gradients of weight and bias, recorded at the latest at the end of the backward pass. Those of one
 * parameter are added in the order of the calls.
 */
export function addToGradients(tape: Tape, addend: Addend): void {
  const planes = tape.gpu.family === "gpu" ? "planesShared" : "planes";
  const form = addend.planes ? planes : "taps";
  recordTogether(tape, form, addend, (addends) => record(tape, form, addends));
}

function record(tape: Tape, form: Form, addends: readonly Addend[]): void {
  const [first] = addends;
  let threads = 0;
  const params = addends.flatMap((addend) => {
    const { cells, values } = paramsOf(addend);
    const firstThread = threads;
    threads += Math.ceil((cells + addend.convolution.outputSlots) / THREADS) * THREADS;
    return [firstThread, ...values];
  });
  const missing = MOST_TOGETHER - addends.length;
  const absent = new Array<number>(missing * params.length / addends.length).fill(0);
  const bound = [...addends, ...new Array<Addend>(missing).fill(first)];
  const { kernels, cells } = FORMS[form];
  tape.dispatch(kernels[addends.length - 1], {
    params: [...params, ...absent],
    reads: bound.flatMap(({ sums, biasSums }) => [sums, biasSums]),
    writes: [first.convolution.weight.gradients],
    workgroups: workgroupsFor(threads, cells),
  });
}

/** The fields of the kernel's struct after the first thread, of which `cells` threads have the weight. */
function paramsOf(
  { convolution, planes, chunks, biasChunks, keep }: Addend,
): { cells: number; values: number[] } {
  const { weight, bias, inputSlots, outputSlots, taps, firstTap, kernel } = convolution;
  const ofTap = 4 * inputSlots * outputSlots;
  const [cells, firstCell, usedCells] = planes
    ? [ofTap, 0, 0]
    : [taps * ofTap, firstTap * ofTap, kernel ** 2 * ofTap];
  const values = [cells, firstCell, usedCells, outputSlots, weight.offset / 4, bias.offset / 4];
  return { cells, values: [...values, chunks, biasChunks, ...keep, 0] };
}
