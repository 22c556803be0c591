/** Total variation of a flow: what the unrolled cost approaches, without unrolling (method, section 1). */
import code from "../../../kernels/smoothness/total_variation.wgsl" with { type: "text" };
import { defineKernel } from "../../compute/gpu/kernel.ts";
import { slotCount } from "../../compute/gpu/layout.ts";
import { f32, workgroupsFor } from "../../compute/gpu/program.ts";
import { partialsFor, sumPartials } from "../../compute/ops/_sum_partials.ts";
import type { Tape, Value } from "../../compute/tape.ts";

const forward = defineKernel("total_variation", code, "forward", { reads: 1, writes: 1 });
const backward = defineKernel("total_variation", code, "backward", { reads: 2, writes: 1 });

/**
 * mean |c|; its gradient is the sign of c over the number of elements, 0 where c is 0.
 * @param c [N, C, h, w], masked derivatives of a flow
 * @returns a scalar [1, 1, 1, 1]
 */
export function totalVariation(tape: Tape, c: Value): Value {
  const [n, channels, h, w] = c.shape;
  const count = n * h * w * slotCount(c.segments) / 4;
  const partials = partialsFor(tape, count);
  const params = [count, partials.count, f32(1 / (n * channels * h * w))];
  tape.dispatch(forward, {
    params,
    reads: [c.storage],
    writes: [partials.storage],
    workgroups: partials.workgroups,
  });
  const loss = sumPartials(tape, "total variation", partials);
  tape.node(loss, [c], (dLoss) => {
    const dC = tape.value(`d ${c.label}`, c.shape, c.segments);
    tape.dispatch(backward, {
      params,
      reads: [c.storage, dLoss.storage],
      writes: [dC.storage],
      workgroups: workgroupsFor(count, 64),
    });
    tape.accumulate(c, dC);
  });
  return loss;
}
