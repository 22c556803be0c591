/** Bilinear enlargement with align_corners = true (method, section 3). */
import code from "../../../kernels/compute/upsample.wgsl" with { type: "text" };
import { placeParams } from "../gpu/joins.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { f32, type Param, workgroupsFor } from "../gpu/program.ts";
import type { Place } from "../gpu/tensor.ts";
import { twice } from "../gpu/twice.ts";
import {
  bindSummands,
  fewSummands,
  MOST_SUMMANDS,
  recordSummands,
  wholeOf,
} from "../record_gradient.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("upsample", code, "forward", { reads: 1, writes: 1 });
const forwardTwo = defineKernel("upsample", code, "forward_two", { reads: 1, writes: 2 });
// By the number of enlargements, from one, then by that of the summands of the first one's gradient.
const backward = [1, 2].map((outputs) =>
  Array.from({ length: MOST_SUMMANDS }, (_, index) =>
    defineKernel("upsample", code, "backward", {
      reads: MOST_SUMMANDS + 1,
      writes: 1,
      constants: { SUMMANDS: index + 1, OUTPUTS: outputs },
    }))
);

/** A size, at least that of the input, and what multiplies every value. */
export interface Enlargement {
  readonly height: number;
  readonly width: number;
  readonly factor: number;
}

/**
 * Resizes to a given size; row i of the result samples row i (h - 1) / (H - 1) of the input, row 0 where H = 1.
 * A flow in pixels must be multiplied by the ratio of the sizes as well, which is what `factor` is for.
 * @param input [N, C, h, w]
 * @param height H, at least h
 * @param width W, at least w
 * @param factor multiplies every value; default 1
 * @returns [N, C, H, W]
 */
export function upsample(
  tape: Tape,
  input: Value,
  height: number,
  width: number,
  { factor = 1 }: { factor?: number } = {},
): Value {
  const to = { height, width, factor }, output = enlargedValue(tape, input, to);
  tape.dispatch(forward, {
    params: paramsOf(input, [to]),
    reads: [input.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(vectors(output), 64),
  });
  passGradients(tape, input, [output], [to]);
  return output;
}

/** Both of two enlargements of an input, as upsample() makes each, by one dispatch. */
export function upsampleTwice(
  tape: Tape,
  input: Value,
  first: Enlargement,
  second: Enlargement,
): [Value, Value] {
  const outputs: [Value, Value] = [
    enlargedValue(tape, input, first),
    enlargedValue(tape, input, second),
  ];
  const [own, other] = outputs;
  tape.dispatchMovable(wholeOf(own), ([place, ...copies]) => ({
    kernel: copies.length === 0 ? forwardTwo : twice(forwardTwo),
    params: paramsOf(input, [first, second], { places: [place, ...copies] }),
    reads: [input.storage],
    writes: [place, other, ...copies].map(({ storage }) => storage),
    workgroups: workgroupsFor(vectors(own) + vectors(other), 64),
  }));
  passGradients(tape, input, outputs, [first, second]);
  return outputs;
}

function enlargedValue(tape: Tape, input: Value, { height, width }: Enlargement): Value {
  const [n, c, h, w] = input.shape;
  if (height < h || width < w) {
    throw new Error(
      `Cannot enlarge ${input.label} from ${h}x${w} to ${height}x${width}: use areaDownsample() to make it smaller.`,
    );
  }
  return tape.value(`${input.label} enlarged`, [n, c, height, width], input.segments);
}

function vectors({ shape: [n, , h, w], segments }: Value): number {
  return n * h * w * slotCount(segments) / 4;
}

const NO_ENLARGEMENT: Enlargement = { height: 0, width: 0, factor: 0 };
const NO_SUMMANDS: readonly number[] = Array(2 * MOST_SUMMANDS).fill(0);

// All kernels share their params: where the first of two outputs lies, and those of the summands of the first output's gradient.
function paramsOf(
  { shape: [n, , h, w], segments }: Value,
  [first, second = NO_ENLARGEMENT]: readonly Enlargement[],
  { places = [], summands = NO_SUMMANDS }: {
    places?: readonly Place[];
    summands?: readonly number[];
  } = {},
): Param[] {
  const sizes = [first, second].flatMap((to) => [to.height, to.width, f32(to.factor)]);
  return [n, slotCount(segments) / 4, h, w, ...sizes, ...placeParams(places), ...summands];
}

// One dispatch adds up the summands of the first gradient, and both gradients of the input: that of the second enlargement first.
function passGradients(
  tape: Tape,
  input: Value,
  outputs: readonly Value[],
  enlargements: readonly Enlargement[],
): void {
  tape.nodeOfOutputSummands(outputs, [input], (gradients) => {
    const passed = outputs.flatMap((output, i) => {
      const { [i]: to } = enlargements, { [i]: summands } = gradients;
      return summands ? [{ output, to, summands }] : [];
    });
    const [first, second] = passed;
    const few = fewSummands(tape, first.output, first.summands);
    const { reads, params } = bindSummands(few);
    const other = second && recordSummands(tape, second.output, second.summands);
    const dInput = tape.value(`d ${input.label}`, input.shape, input.segments);
    tape.dispatch(backward[other ? 1 : 0][few.length - 1], {
      params: paramsOf(input, passed.map(({ to }) => to), { summands: params }),
      reads: [...reads, other?.storage ?? reads[0]],
      writes: [dInput.storage],
      workgroups: workgroupsFor(vectors(input), 64),
    });
    tape.accumulate(input, dInput);
  });
}
