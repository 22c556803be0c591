/** Smaller masks by picking pixels: a mask stays 0 or 1 (method, section 5). */
import code from "../../../kernels/compute/nearest_downsample.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import type { Tape, Value } from "../tape.ts";
import { OUTPUTS, recordDownsamples, type Size } from "./_downsample.ts";

const forward = defineKernel("nearest_downsample", code, "forward", { reads: 1, writes: OUTPUTS });

/**
 * Row i of the result is row ⌊i·H/h⌋ of the mask, columns alike. Passes no gradient on.
 * @param mask [N, C, H, W], not differentiable
 * @param height h, at most H
 * @param width w, at most W
 * @returns [N, C, h, w]; the mask itself where its size is wanted
 * @throws {Error} when the result would be larger, or the mask needs a gradient
 */
export function nearestDownsample(tape: Tape, mask: Value, height: number, width: number): Value {
  return nearestDownsamples(tape, mask, [{ height, width }])[0];
}

/** The same at several sizes, up to {@link OUTPUTS} of them by one dispatch. */
export function nearestDownsamples(tape: Tape, mask: Value, sizes: readonly Size[]): Value[] {
  const [, , h, w] = mask.shape;
  for (const { height, width } of sizes) {
    if (height > h || width > w || height < 1 || width < 1) {
      throw new Error(
        `Cannot pick pixels of ${mask.label} from ${h}x${w} to ${height}x${width}: the result must not be larger. ` +
          `Give it the finest mask.`,
      );
    }
  }
  if (tape.isDifferentiable(mask)) {
    throw new Error(
      `Cannot pick pixels of ${mask.label}: it needs a gradient, and nearestDownsample() has none. Give it a mask.`,
    );
  }
  return recordDownsamples(tape, forward, mask, sizes);
}
