/** The three passes of a convolution, each by the kernels that its plan says. */
import type { Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient, Summand } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import type { Plan } from "./choice.ts";
import { directForward, directInputGradient, directParameterGradients } from "./direct.ts";
import { fusedForward, fusedInputGradient } from "./fused.ts";
import { isFused } from "./generate/tiling.ts";
import type { Convolution } from "./shape.ts";
import {
  type KeptPlanes,
  winogradForward,
  winogradGradientPlanes,
  winogradInputGradient,
  winogradParameterGradients,
} from "./winograd.ts";

/** Writes the output; returns the planes of the input where the gradient of the weight can use them. */
export function recordForward(
  tape: Tape,
  convolution: Convolution,
  { forward, planes }: Plan,
  output: Storage,
): Storage | undefined {
  if (forward === "winograd") return winogradForward(tape, convolution, output, planes.forward);
  if (isFused(forward)) fusedForward(tape, convolution, forward, output);
  else directForward(tape, convolution, forward, output);
  return undefined;
}

/** Makes planes of the gradient of the output that both gradients use, where that saves a pass. */
export function recordGradientPlanes(
  tape: Tape,
  convolution: Convolution,
  { dInput, dWeight }: Plan,
  dOutput: Storage,
): KeptPlanes["gradient"] {
  const both = dInput === "winograd" && dWeight === "winograd";
  return both && tape.isDifferentiable(convolution.input)
    ? winogradGradientPlanes(tape, convolution, dOutput)
    : undefined;
}

/**
 * Writes the gradient of the input from that before the activation of the output; where parts of the input have an activation
 * that can be passed too, their gradient before that one, and returns which.
 * @param kept what recordGradientPlanes() returned
 */
export function recordInputGradient(
  tape: Tape,
  convolution: Convolution,
  { dInput: kernel, planes }: Plan,
  dOutput: Storage,
  dInput: Storage,
  kept?: KeptPlanes,
): Summand["beforeActivation"] {
  if (kernel === "winograd") {
    return winogradInputGradient(tape, convolution, dOutput, dInput, { said: planes.dInput, kept });
  }
  if (isFused(kernel)) {
    return fusedInputGradient(tape, convolution, kernel, dOutput, dInput);
  }
  return directInputGradient(tape, convolution, kernel, dOutput, dInput);
}

/** Writes, or adds to, the gradients of weight and bias. @param kept what recordForward() and recordGradientPlanes() returned */
export function recordParameterGradients(
  tape: Tape,
  convolution: Convolution,
  { dWeight: kernel, chunk, planes }: Plan,
  down: OutputGradient,
  kept?: KeptPlanes,
): void {
  if (kernel === "winograd") {
    winogradParameterGradients(tape, convolution, down, { said: planes.dWeight, kept });
  } else directParameterGradients(tape, convolution, { kernel, chunk }, down);
}
