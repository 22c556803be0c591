/** What the last kernel of a convolution's forward pass does with each vec4 of the output, whichever kernel it is. */
import type { Kernel } from "../../../gpu/kernel.ts";
import type { Place } from "../../../gpu/tensor.ts";
import { twice } from "../../../gpu/twice.ts";
import type { Convolution } from "./shape.ts";

/**
 * The kernel that writes the output to these places, one or two, with another value added to it where there is one: a variant,
 * since a flag among the params costs all others up to a tenth of their time on a CPU driver, and half as much again to compile.
 */
export function storingKernel(
  kernel: Kernel,
  { plus }: Convolution,
  places: readonly Place[],
): Kernel {
  const storing = places.length === 1 ? kernel : twice(kernel);
  return plus ? { ...storing, constants: { ...storing.constants, PLUS: 1 } } : storing;
}
