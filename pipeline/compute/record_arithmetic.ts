/**
 * Records sums, multiples and copies of whole values, without gradients. The tape adds up gradients with these, and
 * ops/arithmetic.ts makes operations of them; so this file knows neither, only what it needs of a tape and of its values.
 */
import code from "../../kernels/compute/arithmetic.wgsl" with { type: "text" };
import { defineKernel, type Kernel } from "./gpu/kernel.ts";
import { slotCount } from "./gpu/layout.ts";
import { f32, workgroupsFor } from "./gpu/program.ts";
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
  elementwise(tape, addKernel, { from: [a, b], to: sum, factors: [scaleA, scaleB] });
  return sum;
}

/** Records factor · value. */
export function recordMultiple(tape: Recording, value: Operand, factor: number): Operand {
  const output = tape.value(value.label, value.shape, value.segments);
  elementwise(tape, scaleKernel, { from: [value], to: output, factors: [factor] });
  return output;
}

/** Records to = from. */
export function recordCopy(tape: Recording, from: Operand, to: Operand): void {
  elementwise(tape, copyKernel, { from: [from], to, factors: [] });
}

function elementwise(
  tape: Recording,
  kernel: Kernel,
  { from, to, factors }: { from: readonly Operand[]; to: Operand; factors: readonly number[] },
): void {
  const [n, , h, w] = to.shape;
  const count = n * h * w * slotCount(to.segments) / 4;
  tape.dispatch(kernel, {
    params: [count, ...factors.map(f32)],
    reads: from.map(({ storage }) => storage),
    writes: [to.storage],
    workgroups: workgroupsFor(count, 64),
  });
}
