/** The gradient of a convolution's output on its way through the activation, and the sums for the bias. */
import code from "../../../../../kernels/network/convolution_activation.wgsl" with { type: "text" };
import { defineKernel } from "../../../gpu/kernel.ts";
import { workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import {
  bindSummands,
  fewSummands,
  MOST_SUMMANDS,
  recordSummands,
  type Summand,
  wholeOf,
} from "../../../record_gradient.ts";
import type { Tape, Value } from "../../../tape.ts";
import type { Convolution } from "./shape.ts";

const label = "convolution_activation";

// By the number of summands, from one.
const dactivations = (entryPoint: string) =>
  Array.from(
    { length: MOST_SUMMANDS },
    (_, index) =>
      defineKernel(label, code, entryPoint, {
        reads: MOST_SUMMANDS + 1,
        writes: 2,
        constants: { SUMMANDS: index + 1 },
      }),
  );
const dbiasOf = (entryPoint: string) =>
  defineKernel(label, code, entryPoint, { reads: 1, writes: 1 });
const KERNELS = {
  cpu: { dactivation: dactivations("dactivation"), dbias: dbiasOf("dbias") },
  gpu: { dactivation: dactivations("dactivation_tree"), dbias: dbiasOf("dbias_tree") },
} as const;

/** Fewest pixels and most chunks of a partial sum; on a GPU a chunk is a workgroup, two for each of 132 multiprocessors. */
const CHUNKING = { cpu: { pixels: 16, chunks: 256 }, gpu: { pixels: 64, chunks: 264 } } as const;
/** Threads of a workgroup on a GPU. */
const TREE = 256;

/** The gradient before the activation, and partial sums of it over pixels: [chunk][slot]. */
export interface OutputGradient {
  readonly gradient: Storage;
  readonly biasSums: Storage;
  readonly biasChunks: number;
}

/**
 * Records both; without activation the gradient is that of the output itself.
 * @param dOutput summands of the gradient of `output`
 */
export function outputGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: readonly Summand[],
  output: Value,
): OutputGradient {
  const { batch, outputHeight, outputWidth, outputSlots, leakyRelu } = convolution;
  const pixels = batch * outputHeight * outputWidth;
  const { family } = tape.gpu;
  const { [family]: chunking } = CHUNKING, { [family]: kernels } = KERNELS;
  const chunk = Math.max(chunking.pixels, Math.ceil(pixels / chunking.chunks));
  const biasChunks = Math.ceil(pixels / chunk);
  const biasSums = tape.scratch(`sums of d ${output.label}`, 16 * biasChunks * outputSlots);
  const params = [pixels, outputSlots, chunk, biasChunks];
  const lanes = Math.min(outputSlots, TREE);
  const workgroups = family === "gpu"
    ? [biasChunks, Math.ceil(outputSlots / lanes), 1] as const
    : workgroupsFor(biasChunks * outputSlots, 64);
  if (!leakyRelu) {
    const sum = recordSummands(tape, output, dOutput);
    tape.dispatch(kernels.dbias, {
      params: [...params, ...bindSummands([wholeOf(sum)]).params, lanes],
      reads: [sum.storage],
      writes: [biasSums],
      workgroups,
    });
    return { gradient: sum.storage, biasSums, biasChunks };
  }
  const summands = fewSummands(tape, output, dOutput);
  const bound = bindSummands(summands);
  const gradient = tape.scratch(`d ${output.label} before activation`, output.storage.bytes);
  tape.dispatch(kernels.dactivation[summands.length - 1], {
    params: [...params, ...bound.params, lanes],
    reads: [...bound.reads, output.storage],
    writes: [gradient, biasSums],
    workgroups,
  });
  return { gradient, biasSums, biasChunks };
}
