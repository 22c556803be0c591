/** Parameters and gradients for the tests of optimisers. */
import type { Gpu } from "../pipeline/compute/gpu/device.ts";
import { packWeight } from "../pipeline/compute/gpu/layout.ts";
import type { ParameterDescription, Parameters } from "../pipeline/compute/parameters.ts";

/** A 3x3 weight and its bias of odd channel counts, and a bias and weight of one element. */
export const SMALL_NETWORK: readonly ParameterDescription[] = [
  { name: "first.weight", kind: "weight", shape: [5, 3, 3, 3], inputSegments: [3] },
  { name: "first.bias", kind: "bias", shape: [5, 1, 1, 1], inputSegments: [1] },
  { name: "last.weight", kind: "weight", shape: [1, 1, 1, 1], inputSegments: [1] },
  { name: "last.bias", kind: "bias", shape: [1, 1, 1, 1], inputSegments: [1] },
];

/** Sets the gradients from values in the order of files. */
export function writeGradients(
  gpu: Gpu,
  parameters: Parameters,
  gradients: ReadonlyMap<string, ArrayLike<number>>,
): void {
  const flat = new Float32Array(parameters.floats);
  for (const { name, kind, shape, inputSegments, offset } of parameters.all()) {
    const data = gradients.get(name)!;
    if (kind === "bias") flat.set(Array.from(data), offset);
    else packWeight(data, shape, inputSegments, flat, offset);
  }
  gpu.device.queue.writeBuffer(parameters.gradients.buffer!, 0, flat);
}
