/** Exchanges the two halves of a batch, which hold the two frames or directions of the same pairs. */
import code from "../../../kernels/compute/swap_halves.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

const swap = defineKernel("swap_halves", code, "swap", { reads: 1, writes: 1 });

/**
 * Image i of the result is image (i + N / 2) mod N of the input.
 * @param value [N, C, H, W], N even
 * @returns [N, C, H, W]
 * @throws {Error} when N is odd
 */
export function swapHalves(tape: Tape, value: Value): Value {
  const [n] = value.shape;
  if (n % 2 !== 0) {
    throw new Error(
      `Cannot swap the halves of ${value.label}: its batch must be even, got [${value.shape}].`,
    );
  }
  const output = recordSwap(tape, value, `${value.label} swapped`);
  tape.node(output, [value], (dOutput) => {
    tape.accumulate(value, recordSwap(tape, dOutput, `d ${value.label}`));
  });
  return output;
}

function recordSwap(tape: Tape, value: Value, label: string): Value {
  const output = tape.value(label, value.shape, value.segments);
  const [n, , h, w] = value.shape;
  const halfCount = n / 2 * h * w * slotCount(value.segments) / 4;
  tape.dispatch(swap, {
    params: [halfCount],
    reads: [value.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(2 * halfCount, 64),
  });
  return output;
}
