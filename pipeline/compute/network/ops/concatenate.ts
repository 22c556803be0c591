/**
 * Joins values along their channels; every part keeps the padding of its own, see gpu/layout.ts. What is recorded here runs only
 * where a part cannot be written to its place in the whole at once (gpu/joins.ts).
 */
import code from "../../../../kernels/network/concatenate.wgsl" with { type: "text" };
import { defineKernel } from "../../gpu/kernel.ts";
import { slotCount } from "../../gpu/layout.ts";
import { workgroupsFor } from "../../gpu/program.ts";
import { wholeOf } from "../../record_gradient.ts";
import type { Tape, Value } from "../../tape.ts";

/** Parts that one dispatch joins. */
const PARTS = 3;
/** Threads of a pixel: on a GPU neighbouring ones read neighbouring slots, on a CPU driver one finds its pixel but once. */
const LANES = { cpu: 1, gpu: 8 } as const;

const join2 = defineKernel("concatenate", code, "join_2", { reads: 2, writes: 1 });
const join3 = defineKernel("concatenate", code, "join_3", { reads: 3, writes: 1 });

const joinedParts = (tape: Tape) =>
  tape.once("parts of concatenations", () => new Map<Value, readonly Value[]>());

/** The values that one was joined from, in order; itself alone where it was not. */
export function partsOf(tape: Tape, value: Value): readonly Value[] {
  return joinedParts(tape).get(value) ?? [value];
}

/**
 * Joins values along their channels.
 * @param values [N, C_k, H, W], at least one
 * @returns [N, C_1 + C_2 + …, H, W], its segments those of all parts in order
 * @throws {Error} when there is none, or batch, height or width differ
 */
export function concatenate(tape: Tape, values: readonly Value[]): Value {
  if (values.length === 0) throw new Error("Cannot concatenate: no value was given.");
  if (values.length === 1) return values[0];
  if (values.length > PARTS) {
    return concatenate(tape, [
      concatenate(tape, values.slice(0, PARTS)),
      ...values.slice(PARTS),
    ]);
  }
  const [n, , h, w] = values[0].shape;
  for (const { label, shape } of values) {
    if (shape[0] !== n || shape[2] !== h || shape[3] !== w) {
      throw new Error(
        `Cannot concatenate ${label} to ${
          values[0].label
        }: wanted [${n}, C, ${h}, ${w}], got [${shape}].`,
      );
    }
  }
  const label = values.map(({ label }) => label).join(" and ");
  const shape = [n, values.reduce((sum, { shape }) => sum + shape[1], 0), h, w] as const;
  const segments = values.flatMap(({ segments }) => segments);
  // Zeros that nobody writes need no pass where the whole began as zeros.
  const output = values.some(({ storage }) => storage.zeroed)
    ? tape.zeros(label, shape, segments)
    : tape.value(label, shape, segments);
  joinedParts(tape).set(output, values);
  const pixels = n * h * w;
  const slots = [0, 1, 2].map((part) => slotCount(values[part]?.segments ?? []) / 4);
  const { [tape.gpu.family]: lanes } = LANES;
  const params = [pixels, ...slots, lanes];
  const workgroups = workgroupsFor(pixels * lanes, 64);
  const { stride } = wholeOf(output);
  tape.dispatch(values.length === 2 ? join2 : join3, {
    params,
    parts: values.map((_, part) => ({
      storage: output.storage,
      stride,
      first: slots.slice(0, part).reduce((sum, own) => sum + own, 0),
    })),
    reads: values.map(({ storage }) => storage),
    writes: [output.storage],
    workgroups,
  });
  // The gradient of a part is its slots of every summand: nothing to compute.
  tape.nodeOfSummands(output, values, (dOutput) => {
    let before = 0;
    for (const value of values) {
      for (const summand of dOutput) {
        tape.accumulate(value, { ...summand, first: summand.first + before });
      }
      before += slotCount(value.segments) / 4;
    }
  });
  return output;
}
