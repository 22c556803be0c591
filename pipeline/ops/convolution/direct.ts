/** The readable direct kernels of the convolution: exact mode, and the reference of the fast ones. */
import code from "../../../kernels/convolution_direct.wgsl" with { type: "text" };
import { defineKernel } from "../../gpu/kernel.ts";
import { workgroupsFor } from "../../gpu/program.ts";
import type { Storage } from "../../gpu/tensor.ts";
import type { Tape } from "../tape.ts";
import { type Convolution, directParams } from "./shape.ts";

const label = "convolution_direct";
const forward = defineKernel(label, code, "forward", { reads: 2, writes: 1 });
const dactivation = defineKernel(label, code, "dactivation", { reads: 2, writes: 1 });
const dinput = defineKernel(label, code, "dinput", { reads: 2, writes: 1 });
const dweight = defineKernel(label, code, "dweight", { reads: 2, writes: 1 });
const dsum = defineKernel(label, code, "dsum", { reads: 1, writes: 1 });

/** Pixels that one invocation of forward and dinput owns. */
const PIXELS = 8;
/** Output pixels of a partial sum of the weight gradient. */
const CHUNK = 64;

/** Writes the output of the convolution. */
export function directForward(tape: Tape, convolution: Convolution, output: Storage): void {
  const { batch, outputHeight, outputWidth, outputSlots, input, weight } = convolution;
  const groups = Math.ceil(batch * outputHeight * outputWidth / PIXELS);
  tape.dispatch(forward, {
    params: directParams(convolution),
    reads: [input.storage, weight.values],
    writes: [output],
    workgroups: workgroupsFor(groups * outputSlots, 64),
  });
}

/** The gradient before the activation, from the gradient behind it and the sign of the output. */
export function activationGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: Storage,
  output: Storage,
): Storage {
  const { batch, outputHeight, outputWidth, outputSlots } = convolution;
  const gradient = tape.scratch(`${dOutput.label} before activation`, dOutput.bytes);
  tape.dispatch(dactivation, {
    params: directParams(convolution),
    reads: [dOutput, output],
    writes: [gradient],
    workgroups: workgroupsFor(batch * outputHeight * outputWidth * outputSlots, 64),
  });
  return gradient;
}

/** Writes the gradient of the input. */
export function directInputGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: Storage,
  dInput: Storage,
): void {
  const { batch, height, width, inputSlots, weight } = convolution;
  tape.dispatch(dinput, {
    params: directParams(convolution),
    reads: [dOutput, weight.values],
    writes: [dInput],
    workgroups: workgroupsFor(Math.ceil(batch * height * width / PIXELS) * inputSlots, 64),
  });
}

/** Writes, or adds to, the gradients of weight and bias in the flat buffer. */
export function directParameterGradients(
  tape: Tape,
  convolution: Convolution,
  dOutput: Storage,
): void {
  const { batch, outputHeight, outputWidth, inputSlots, outputSlots, kernel } = convolution;
  const { input, weight, bias } = convolution;
  const chunks = Math.ceil(batch * outputHeight * outputWidth / CHUNK);
  const cells = (kernel * kernel * 4 * inputSlots + 1) * outputSlots;
  const partial = tape.scratch(`partial d ${weight.name}`, 16 * chunks * cells);
  const params = directParams(convolution, [
    CHUNK,
    chunks,
    tape.keepParameterGradient(weight),
    tape.keepParameterGradient(bias),
  ]);
  tape.dispatch(dweight, {
    params,
    reads: [input.storage, dOutput],
    writes: [partial],
    workgroups: workgroupsFor(chunks * (kernel * inputSlots + 1) * outputSlots, 64),
  });
  tape.dispatch(dsum, {
    params,
    reads: [partial],
    writes: [weight.gradients],
    workgroups: workgroupsFor(cells, 64),
  });
}
