/**
 * Records sums, multiples and copies of whole values, without gradients. The tape adds up gradients with these, and
 * ops/arithmetic.ts makes operations of them; so this file knows neither, only what it needs of a tape and of its values.
 */
import code from "../../kernels/compute/arithmetic.wgsl" with { type: "text" };
import { placeParams } from "./gpu/joins.ts";
import { defineKernel } from "./gpu/kernel.ts";
import { f32, workgroupsFor } from "./gpu/program.ts";
import type { Place } from "./gpu/tensor.ts";
import { twice } from "./gpu/twice.ts";
import { wholeOf } from "./record_gradient.ts";
import type { Operand, Recording } from "./recording.ts";

const addKernel = defineKernel("arithmetic", code, "add", { reads: 2, writes: 1 });
const scaleKernel = defineKernel("arithmetic", code, "scale", { reads: 1, writes: 1 });
const copyKernel = defineKernel("arithmetic", code, "copy", { reads: 1, writes: 1 });

/** Records scaleA · a + scaleB · b. @throws {Error} when the shapes or segments differ */
export function recordSum(
  tape: Recording,
  a: Operand,
  b: Operand,
  { scaleA, scaleB }: { scaleA: number; scaleB: number },
): Operand {
  if (a.shape.join() !== b.shape.join() || a.segments.join() !== b.segments.join()) {
    throw new Error(
      `Cannot add ${b.label} to ${a.label}: wanted [${a.shape}] of segments [${a.segments}], ` +
        `got [${b.shape}] of segments [${b.segments}]. Resize or concatenate them alike first.`,
    );
  }
  const sum = tape.value(a.label, a.shape, a.segments);
  const reads = [a.storage, b.storage];
  tape.dispatchMovable(wholeOf(sum), (places) => ({
    kernel: places.length === 1 ? addKernel : twice(addKernel),
    reads,
    ...elementwise(sum, [scaleA, scaleB], places),
  }));
  return sum;
}

/** Records factor · value. */
export function recordMultiple(tape: Recording, value: Operand, factor: number): Operand {
  const output = tape.value(value.label, value.shape, value.segments);
  tape.dispatch(scaleKernel, {
    reads: [value.storage],
    ...elementwise(output, [factor, 0], [wholeOf(output)]),
  });
  return output;
}

/** Records to = from. */
export function recordCopy(tape: Recording, from: Operand, to: Operand): void {
  tape.dispatch(copyKernel, {
    reads: [from.storage],
    ...elementwise(to, [0, 0], [wholeOf(to)]),
  });
}

function elementwise(to: Operand, factors: readonly [number, number], places: readonly Place[]) {
  const [n, , h, w] = to.shape;
  const { stride: slots } = wholeOf(to);
  const count = n * h * w * slots;
  return {
    params: [count, ...factors.map(f32), slots, ...placeParams(places)],
    writes: places.map(({ storage }) => storage),
    workgroups: workgroupsFor(count, 64),
  };
}
