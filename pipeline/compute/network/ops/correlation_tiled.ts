/** The cost volume as a GPU likes it: tiles in workgroup memory, for the displacements of the network. See correlation.ts. */
import code from "../../../../kernels/network/correlation_tiled.wgsl" with { type: "text" };
import { placeParams } from "../../gpu/joins.ts";
import { defineKernel } from "../../gpu/kernel.ts";
import { slotCount } from "../../gpu/layout.ts";
import { f32 } from "../../gpu/program.ts";
import type { Place } from "../../gpu/tensor.ts";
import { twice } from "../../gpu/twice.ts";
import { oneSummand, type Summand, wholeOf } from "../../record_gradient.ts";
import type { Tape, Value } from "../../tape.ts";

const forward = defineKernel("correlation_tiled", code, "forward", { reads: 2, writes: 1 });
const gradients = defineKernel("correlation_tiled", code, "gradients", { reads: 4, writes: 2 });

/** The one D that the kernels are written for. */
export const TILED_DISPLACEMENT = 4;

/** As in the kernels: the tile of the forward pass, (2 D + 1)², and threads of a workgroup of a gradient. */
const WIDTH = 16, HEIGHT = 4, COSTS = 81, GRADIENT_THREADS = 64;
const FEWEST_LANES = 2, MOST_LANES = 16;

// Neighbouring threads read neighbouring vec4, as far as a pixel has so many; more threads than that would be idle.
function lanesFor(slots: number): number {
  let lanes = FEWEST_LANES;
  while (lanes < slots && lanes < MOST_LANES) lanes *= 2;
  return lanes;
}

/** As correlation() with displacements up to {@link TILED_DISPLACEMENT}, whose checks the feature maps have passed. */
export function correlateInTiles(
  tape: Tape,
  first: Value,
  second: Value,
  leakyRelu: boolean,
): Value {
  const { shape, segments } = first;
  const [n, c, h, w] = shape;
  const slots = slotCount(segments) / 4, lanes = lanesFor(slots);
  const sizes = [h, w, slots, f32(c), leakyRelu ? 1 : 0, lanes];
  const paramsFor = ({ stride, first }: Summand, places: readonly Place[]) => [
    ...sizes,
    stride,
    first,
    ...placeParams(places),
  ];
  const output = tape.value(`costs of ${first.label}`, [n, COSTS, h, w]);
  tape.dispatchMovable(wholeOf(output), (places) => ({
    kernel: places.length === 1 ? forward : twice(forward),
    params: paramsFor(wholeOf(output), places),
    reads: [first.storage, second.storage],
    writes: places.map(({ storage }) => storage),
    workgroups: [Math.ceil(w / WIDTH), Math.ceil(h / HEIGHT), n],
  }));
  tape.nodeOfSummands(output, [first, second], (summands) => {
    const dOutput = oneSummand(tape, output, summands);
    const pixels = 4 * GRADIENT_THREADS / lanes;
    const [dFirst, dSecond] = [first, second]
      .map(({ label }) => tape.value(`d ${label}`, shape, segments));
    tape.dispatchMovable(wholeOf(output), (places) => ({
      kernel: gradients,
      params: paramsFor(dOutput, places),
      reads: [first.storage, second.storage, places[0].storage, dOutput.storage],
      writes: [dFirst.storage, dSecond.storage],
      workgroups: [Math.ceil(w / pixels), h, 2 * n * Math.ceil(slots / lanes)],
    }));
    tape.accumulate(first, dFirst);
    tape.accumulate(second, dSecond);
  });
  return output;
}
