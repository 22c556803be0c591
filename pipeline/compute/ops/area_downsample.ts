/** Smaller pictures by averaging areas, as the photometric and smoothness terms want them (method, sections 1 and 4). */
import code from "../../../kernels/compute/area_downsample.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import type { Tape, Value } from "../tape.ts";
import { OUTPUTS, recordDownsamples, type Size } from "./_downsample.ts";

const forward = defineKernel("area_downsample", code, "forward", { reads: 1, writes: OUTPUTS });

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
  return areaDownsamples(tape, input, [{ height, width }])[0];
}

/** The same at several sizes, up to {@link OUTPUTS} of them by one dispatch. */
export function areaDownsamples(tape: Tape, input: Value, sizes: readonly Size[]): Value[] {
  const [, , h, w] = input.shape;
  for (const { height, width } of sizes) {
    if (height > h || width > w || height < 1 || width < 1) {
      throw new Error(
        `Cannot average ${input.label} from ${h}x${w} to ${height}x${width}: use upsample() to enlarge it.`,
      );
    }
  }
  if (tape.isDifferentiable(input)) {
    throw new Error(
      `Cannot average ${input.label}: it needs a gradient, and areaDownsample() has none. Give it a picture.`,
    );
  }
  return recordDownsamples(tape, forward, input, sizes);
}
