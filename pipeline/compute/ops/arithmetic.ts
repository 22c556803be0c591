/** Sums and multiples of whole values. */
import { recordMultiple, recordSum } from "../record_arithmetic.ts";
import { recordSummands } from "../record_gradient.ts";
import type { Tape, Value } from "../tape.ts";

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
  tape.nodeOfSummands(output, [a, b], (summands) => {
    for (const [input, factor] of [[a, scaleA], [b, scaleB]] as const) {
      if (!tape.isDifferentiable(input)) continue;
      // What takes the gradient of an input next adds up these and others at once.
      if (factor === 1) summands.forEach((summand) => tape.accumulate(input, summand));
      else {
        const sum = recordSummands(tape, output, summands);
        tape.accumulate(input, recordMultiple(tape, sum, factor));
      }
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
