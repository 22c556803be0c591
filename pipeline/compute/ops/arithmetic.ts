/** Sums, multiples and copies of whole values; the tape adds up gradients with the same kernels. */
import code from "../../../kernels/compute/arithmetic.wgsl" with { type: "text" };
import { defineKernel, type Kernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

const addKernel = defineKernel("arithmetic", code, "add", { reads: 2, writes: 1 });
const scaleKernel = defineKernel("arithmetic", code, "scale", { reads: 1, writes: 1 });
const copyKernel = defineKernel("arithmetic", code, "copy", { reads: 1, writes: 1 });

/**
 * scaleA · a + scaleB · b.
 * @param a [N, C, H, W]
 * @param b of the same shape and segments
 * @returns [N, C, H, W]
 * @throws {Error} when the shapes or segments differ
 */
export function addValues(
  tape: Tape,
  a: Value,
  b: Value,
  options: { scaleA?: number; scaleB?: number } = {},
): Value {
  const { scaleA = 1, scaleB = 1 } = options;
  const output = recordSum(tape, a, b, { scaleA, scaleB });
  tape.node(output, [a, b], (dOutput) => {
    for (const [input, factor] of [[a, scaleA], [b, scaleB]] as const) {
      if (!tape.isDifferentiable(input)) continue;
      tape.accumulate(input, factor === 1 ? dOutput : recordMultiple(tape, dOutput, factor));
    }
  });
  return output;
}

/**
 * factor · value.
 * @param value [N, C, H, W]
 * @returns [N, C, H, W]
 */
export function scale(tape: Tape, value: Value, factor: number): Value {
  const output = recordMultiple(tape, value, factor);
  tape.node(output, [value], (dOutput) => {
    tape.accumulate(value, recordMultiple(tape, dOutput, factor));
  });
  return output;
}

/** Records scaleA · a + scaleB · b without a gradient. @throws {Error} when the shapes or segments differ */
export function recordSum(
  tape: Tape,
  a: Value,
  b: Value,
  { scaleA, scaleB }: { scaleA: number; scaleB: number },
): Value {
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

/** Records to = from without a gradient. */
export function recordCopy(tape: Tape, from: Value, to: Value): void {
  elementwise(tape, copyKernel, { from: [from], to, factors: [] });
}

function recordMultiple(tape: Tape, value: Value, factor: number): Value {
  const output = tape.value(value.label, value.shape, value.segments);
  elementwise(tape, scaleKernel, { from: [value], to: output, factors: [factor] });
  return output;
}

function elementwise(
  tape: Tape,
  kernel: Kernel,
  { from, to, factors }: { from: readonly Value[]; to: Value; factors: readonly number[] },
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
