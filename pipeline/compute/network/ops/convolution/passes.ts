/** The three passes of a convolution, each by the kernels that its plan says. */
import type { Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient, Summand } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import type { Plan } from "./choice.ts";
import { directForward, directInputGradient, directParameterGradients } from "./direct.ts";
import type { Convolution } from "./shape.ts";
import { winogradForward, winogradInputGradient, winogradParameterGradients } from "./winograd.ts";

/** Writes the output; returns the planes of the input where the gradient of the weight can use them. */
export function recordForward(
  tape: Tape,
  convolution: Convolution,
  { forward, planes }: Plan,
  output: Storage,
): Storage | undefined {
  if (forward === "winograd") return winogradForward(tape, convolution, output, planes.forward);
  directForward(tape, convolution, forward, output);
  return undefined;
}

/**
 * Writes the gradient of the input from that before the activation of the output; where parts of the input have an activation
 * that can be passed too, their gradient before that one, and returns which.
 */
export function recordInputGradient(
  tape: Tape,
  convolution: Convolution,
  { dInput: kernel, planes }: Plan,
  dOutput: Storage,
  dInput: Storage,
): Summand["beforeActivation"] {
  if (kernel === "winograd") {
    return winogradInputGradient(tape, convolution, dOutput, dInput, planes.dInput);
  }
  return directInputGradient(tape, convolution, kernel, dOutput, dInput);
}

/** Writes, or adds to, the gradients of weight and bias. @param keptPlanes what recordForward() returned */
export function recordParameterGradients(
  tape: Tape,
  convolution: Convolution,
  { dWeight: kernel, chunk, planes }: Plan,
  down: OutputGradient,
  keptPlanes: Storage | undefined,
): void {
  if (kernel === "winograd") {
    winogradParameterGradients(tape, convolution, down, keptPlanes, planes.dWeight);
  } else directParameterGradients(tape, convolution, { kernel, chunk }, down);
}
