/** Bilinear enlargement with align_corners = true (method, section 3). */
import code from "../../../kernels/compute/upsample.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { f32, workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("upsample", code, "forward", { reads: 1, writes: 1 });
const backward = defineKernel("upsample", code, "backward", { reads: 1, writes: 1 });

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
  const [n, c, h, w] = input.shape;
  if (height < h || width < w) {
    throw new Error(
      `Cannot enlarge ${input.label} from ${h}x${w} to ${height}x${width}: use areaDownsample() to make it smaller.`,
    );
  }
  const slots = slotCount(input.segments) / 4;
  const params = [n, slots, h, w, height, width, f32(factor)];
  const output = tape.value(`${input.label} enlarged`, [n, c, height, width], input.segments);
  tape.dispatch(forward, {
    params,
    reads: [input.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(n * height * width * slots, 64),
  });
  tape.node(output, [input], (dOutput) => {
    const dInput = tape.value(`d ${input.label}`, input.shape, input.segments);
    tape.dispatch(backward, {
      params,
      reads: [dOutput.storage],
      writes: [dInput.storage],
      workgroups: workgroupsFor(n * h * w * slots, 64),
    });
    tape.accumulate(input, dInput);
  });
  return output;
}
