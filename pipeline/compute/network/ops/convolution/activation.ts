/** The gradient of a convolution's output on its way through the activation, and the sums for the bias. */
import code from "../../../../../kernels/network/convolution_activation.wgsl" with { type: "text" };
import { defineKernel } from "../../../gpu/kernel.ts";
import { workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import type { Tape } from "../../../tape.ts";
import type { Convolution } from "./shape.ts";

const label = "convolution_activation";
const dactivation = defineKernel(label, code, "dactivation", { reads: 2, writes: 2 });
const dbias = defineKernel(label, code, "dbias", { reads: 1, writes: 1 });

/** Fewest pixels and most chunks of a partial sum. */
const CHUNK = 16, CHUNKS = 256;

/** The gradient before the activation, and partial sums of it over pixels: [chunk][slot]. */
export interface OutputGradient {
  readonly gradient: Storage;
  readonly biasSums: Storage;
  readonly biasChunks: number;
}

/** Records both; without activation the gradient is that of the output itself. */
export function outputGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: Storage,
  output: Storage,
): OutputGradient {
  const { batch, outputHeight, outputWidth, outputSlots, leakyRelu } = convolution;
  const pixels = batch * outputHeight * outputWidth;
  const chunk = Math.max(CHUNK, Math.ceil(pixels / CHUNKS));
  const biasChunks = Math.ceil(pixels / chunk);
  const biasSums = tape.scratch(`sums of ${dOutput.label}`, 16 * biasChunks * outputSlots);
  const params = [pixels, outputSlots, chunk, biasChunks];
  const workgroups = workgroupsFor(biasChunks * outputSlots, 64);
  if (!leakyRelu) {
    tape.dispatch(dbias, { params, reads: [dOutput], writes: [biasSums], workgroups });
    return { gradient: dOutput, biasSums, biasChunks };
  }
  const gradient = tape.scratch(`${dOutput.label} before activation`, dOutput.bytes);
  tape.dispatch(dactivation, {
    params,
    reads: [dOutput, output],
    writes: [gradient, biasSums],
    workgroups,
  });
  return { gradient, biasSums, biasChunks };
}
