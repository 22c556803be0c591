/**
 * The last step of the gradients of weight and bias, which goes into the one buffer of all gradients: whatever writes there waits
 * for what wrote there before. So those of several convolutions go in one dispatch.
 */
import code from "../../../../../kernels/network/convolution_sum.wgsl" with { type: "text" };
import { defineKernel, type Kernel } from "../../../gpu/kernel.ts";
import { workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import type { Tape } from "../../../tape.ts";
import type { Convolution } from "./shape.ts";
import { MOST_TOGETHER, recordTogether } from "./together.ts";

const THREADS = 64;
/** As in the kernel: addends of a dispatch, u32 of each, the first thread of one that has none of its own. */
const MOST_ADDENDS = MOST_TOGETHER ** 2, FIELDS = 16, NO_THREAD = -1;

/** What is added to the gradients of one convolution. */
export interface Addend {
  readonly convolution: Convolution;
  /** Partial sums of the weight's gradient in Winograd's planes; else for each tap that meets the picture. */
  readonly planes?: boolean;
  /** Of tiles, or of pixels, which the partial sums are of. With planes on a CPU driver one. */
  readonly chunks: number;
  readonly biasChunks: number;
  /** Where its partial sums begin, in vec4; default 0. */
  readonly first?: { readonly sums: number; readonly biasSums: number };
}

/** Addends whose partial sums lie in the same storages. */
export interface AddendGroup {
  readonly sums: Storage;
  readonly biasSums: Storage;
  /** At most {@link MOST_TOGETHER}, all of chunks or all of planes. */
  readonly addends: readonly Addend[];
}

// Variants of an entry point, by how many pairs of storages it reads, from one.
const addingKernels = (entryPoint: string): readonly Kernel[] =>
  Array.from(
    { length: MOST_TOGETHER },
    (_, index) =>
      defineKernel("convolution_sum", code, entryPoint, {
        reads: 2 * MOST_TOGETHER,
        writes: 1,
        constants: { BUFFERS: index + 1 },
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
export function addToGradients(tape: Tape, group: AddendGroup): void {
  const planes = tape.gpu.family === "gpu" ? "planesShared" : "planes";
  const form = group.addends[0].planes ? planes : "taps";
  const item = { ...group, convolutions: group.addends.map(({ convolution }) => convolution) };
  recordTogether<AddendGroup & { convolutions: readonly Convolution[] }>(tape, {
    key: form,
    rule: form === "taps" ? "chained" : "apart",
    record: (all) => record(tape, form, all),
  }, item);
}

function record(tape: Tape, form: Form, all: readonly AddendGroup[]): void {
  const addends = all.flatMap(({ addends }, buffer) =>
    addends.map((addend) => ({ ...addend, buffer }))
  );
  let threads = 0;
  const params = addends.flatMap((addend, index) => {
    const { name } = addend.convolution.weight;
    const isFirst = addends.findIndex((other) => other.convolution.weight.name === name) === index;
    const next = addends.findIndex((other, i) =>
      i > index && other.convolution.weight.name === name
    );
    const { cells, values } = paramsOf(tape, addend);
    const firstThread = isFirst ? threads : NO_THREAD;
    if (isFirst) threads += Math.ceil((cells + addend.convolution.outputSlots) / THREADS) * THREADS;
    return [firstThread, ...values, addend.buffer, Math.max(0, next), 0];
  });
  const absent = new Array<number>(FIELDS * (MOST_ADDENDS - addends.length)).fill(0);
  const bound = [...all, ...new Array<AddendGroup>(MOST_TOGETHER - all.length).fill(all[0])];
  const { kernels, cells } = FORMS[form];
  tape.dispatch(kernels[all.length - 1], {
    params: [...params, ...absent, addends.length],
    reads: bound.flatMap(({ sums, biasSums }) => [sums, biasSums]),
    writes: [addends[0].convolution.weight.gradients],
    workgroups: workgroupsFor(threads, cells),
  });
}

/** The fields of the kernel's struct after the first thread, of which `cells` threads have the weight. */
function paramsOf(
  tape: Tape,
  { convolution, planes, chunks, biasChunks, first = { sums: 0, biasSums: 0 } }: Addend,
): { cells: number; values: number[] } {
  const { weight, bias, inputSlots, outputSlots, taps, firstTap, kernel } = convolution;
  const ofTap = 4 * inputSlots * outputSlots;
  const [cells, firstCell, usedCells] = planes
    ? [ofTap, 0, 0]
    : [taps * ofTap, firstTap * ofTap, kernel ** 2 * ofTap];
  const keep = [tape.keepParameterGradient(weight), tape.keepParameterGradient(bias)];
  const values = [cells, firstCell, usedCells, outputSlots, weight.offset / 4, bias.offset / 4];
  const counts = [chunks, biasChunks, ...keep, first.sums, first.biasSums];
  return { cells, values: [...values, ...counts] };
}
