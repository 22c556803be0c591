/** One half of a batch, which holds the first or the second frames, or one direction, of all pairs. */
import code from "../../../kernels/compute/take_half.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

const take = defineKernel("take_half", code, "take", { reads: 1, writes: 1 });
const giveBack = defineKernel("take_half", code, "give_back", { reads: 1, writes: 1 });

/**
 * @param value [2B, C, H, W]
 * @param options detached: passes no gradient on; default false
 * @returns [B, C, H, W]
 * @throws {Error} when the batch is odd
 */
export function takeHalf(
  tape: Tape,
  value: Value,
  half: "first" | "second",
  { detached = false }: { detached?: boolean } = {},
): Value {
  const [n, c, h, w] = value.shape;
  if (n % 2 !== 0) {
    throw new Error(
      `Cannot take the ${half} half of ${value.label}: its batch must be even, got [${value.shape}].`,
    );
  }
  const halfCount = n / 2 * h * w * slotCount(value.segments) / 4;
  const params = [halfCount, half === "first" ? 0 : halfCount];
  const output = tape.value(`${half} half of ${value.label}`, [n / 2, c, h, w], value.segments);
  tape.dispatch(take, {
    params,
    reads: [value.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(halfCount, 64),
  });
  if (detached) return output;
  tape.node(output, [value], (dOutput) => {
    const dValue = tape.value(`d ${value.label}`, value.shape, value.segments);
    tape.dispatch(giveBack, {
      params,
      reads: [dOutput.storage],
      writes: [dValue.storage],
      workgroups: workgroupsFor(2 * halfCount, 64),
    });
    tape.accumulate(value, dValue);
  });
  return output;
}
