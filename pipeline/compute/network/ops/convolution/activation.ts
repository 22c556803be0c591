/** The gradient of a convolution's output on its way through the activation, and the sums for the bias. */
import code from "../../../../../kernels/network/convolution_activation.wgsl" with { type: "text" };
import { defineKernel } from "../../../gpu/kernel.ts";
import { f32, workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import {
  type BiasSums,
  bindSummands,
  fewSummands,
  isWhole,
  MOST_SUMMANDS,
  type Summand,
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
const SLOPE = 0.1;
const MOST_PASSED_CHUNKS = 4096;

/** The gradient before the activation, and partial sums of it over pixels. */
export interface OutputGradient extends BiasSums {
  readonly gradient: Storage;
}

const activatedValues = (tape: Tape) => tape.once("results of LeakyReLU", () => new Set<Value>());

/** Remembers that a value is the result of a LeakyReLU, with a bias before it. */
export function rememberActivated(tape: Tape, value: Value): void {
  activatedValues(tape).add(value);
}

/**
 * Whether the one use of a value may pass the gradient before its activation on, with sums for the bias: its kernel then
 * saves a pass over all pixels. The kernels for GPUs do not, since their threads would have to share these sums.
 * @param chunks partial sums; one thread adds them all, so too many cost more than the pass, and round more
 */
export function passesActivation(tape: Tape, value: Value, chunks: number): boolean {
  return tape.gpu.family === "cpu" && !tape.exact && chunks <= MOST_PASSED_CHUNKS &&
    tape.usesOf(value) === 1 && activatedValues(tape).has(value);
}

/**
 * Records both; without activation the gradient is that of the output itself, added up.
 * @param dOutput summands of the gradient of `output`
 */
export function outputGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: readonly Summand[],
  output: Value,
): OutputGradient {
  const { batch, outputHeight, outputWidth, outputSlots, leakyRelu } = convolution;
  const [{ storage, beforeActivation }] = dOutput;
  if (beforeActivation) return { gradient: storage, ...beforeActivation };
  const pixels = batch * outputHeight * outputWidth;
  const { family } = tape.gpu;
  const { [family]: chunking } = CHUNKING, { [family]: kernels } = KERNELS;
  const chunk = Math.max(chunking.pixels, Math.ceil(pixels / chunking.chunks));
  const biasChunks = Math.ceil(pixels / chunk);
  const biasSums = tape.scratch(`sums of d ${output.label}`, 16 * biasChunks * outputSlots);
  const params = [pixels, outputSlots, chunk, biasChunks, f32(leakyRelu ? SLOPE : 1)];
  const lanes = Math.min(outputSlots, TREE);
  const workgroups = family === "gpu"
    ? [biasChunks, Math.ceil(outputSlots / lanes), 1] as const
    : workgroupsFor(biasChunks * outputSlots, 64);
  if (!leakyRelu && isWhole(output, dOutput)) {
    tape.dispatch(kernels.dbias, {
      params: [...params, ...bindSummands(dOutput).params, lanes],
      reads: [storage],
      writes: [biasSums],
      workgroups,
    });
    return { gradient: storage, biasSums, biasChunks };
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
