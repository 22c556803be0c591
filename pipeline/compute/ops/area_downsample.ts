/** Smaller pictures by averaging areas, as the photometric and smoothness terms want them (method, sections 1 and 4). */
import code from "../../../kernels/compute/area_downsample.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("area_downsample", code, "forward", { reads: 1, writes: 1 });

/**
 * Adaptive average: row i of the result is the mean of rows ⌊i·H/h⌋ to ⌈(i+1)·H/h⌉ − 1 of the input, columns alike.
 * Passes no gradient on.
 * @param input [N, C, H, W], not differentiable
 * @param height h, at most H
 * @param width w, at most W
 * @returns [N, C, h, w]; the input itself where its size is wanted
 * @throws {Error} when the result would be larger, or the input needs a gradient
 */
export function areaDownsample(tape: Tape, input: Value, height: number, width: number): Value {
  const [n, c, h, w] = input.shape;
  if (height > h || width > w || height < 1 || width < 1) {
    throw new Error(
      `Cannot average ${input.label} from ${h}x${w} to ${height}x${width}: use upsample() to enlarge it.`,
    );
  }
  if (tape.isDifferentiable(input)) {
    throw new Error(
      `Cannot average ${input.label}: it needs a gradient, and areaDownsample() has none. Give it a picture.`,
    );
  }
  if (height === h && width === w) return input;
  const slots = slotCount(input.segments) / 4;
  const output = tape.value(
    `${input.label} at ${height}x${width}`,
    [n, c, height, width],
    input.segments,
  );
  tape.dispatch(forward, {
    params: [n, slots, h, w, height, width],
    reads: [input.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(n * height * width * slots, 64),
  });
  return output;
}
