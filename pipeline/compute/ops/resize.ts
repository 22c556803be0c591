/** Pictures and flows at another size: what enters a program whose sides have to be multiples of something. */
import { areaDownsample } from "./area_downsample.ts";
import type { Tape, Value } from "../tape.ts";
import { upsample } from "./upsample.ts";

/**
 * Area average along sides that shrink, bilinear along sides that grow. Values stay as they are: a flow keeps the pixels
 * of the size it had.
 * @param input [N, C, h, w]
 * @returns [N, C, height, width]; the input itself where nothing changes
 */
export function resize(tape: Tape, input: Value, height: number, width: number): Value {
  const [, , h, w] = input.shape;
  const smallHeight = Math.min(h, height), smallWidth = Math.min(w, width);
  const small = smallHeight === h && smallWidth === w
    ? input
    : areaDownsample(tape, input, smallHeight, smallWidth);
  return smallHeight === height && smallWidth === width
    ? small
    : upsample(tape, small, height, width);
}
