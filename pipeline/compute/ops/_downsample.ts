/** What areaDownsample() and nearestDownsample() share: several sizes of one input by one dispatch, each made once. */
import type { Kernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** As in the kernels: outputs of a dispatch. */
export const OUTPUTS = 3;

/**
 * Records what is not there yet of an input at some sizes.
 * @param kernel reads the input, writes {@link OUTPUTS} values
 * @param sizes none larger than the input
 * @returns a value for each size; the input itself where its size is wanted
 */
export function recordDownsamples(
  tape: Tape,
  kernel: Kernel,
  input: Value,
  sizes: readonly Size[],
): Value[] {
  const [n, c, h, w] = input.shape;
  const all = tape.once(`smaller, ${kernel.label}`, () => new Map<Storage, Map<string, Value>>());
  const known = all.get(input.storage) ?? new Map([[`${h}x${w}`, input]]);
  all.set(input.storage, known);
  const missing: Value[] = [];
  const outputs = sizes.map(({ height, width }) => {
    const key = `${height}x${width}`, before = known.get(key);
    if (before) return before;
    const output = tape.value(`${input.label} at ${key}`, [n, c, height, width], input.segments);
    known.set(key, output);
    missing.push(output);
    return output;
  });
  for (let i = 0; i < missing.length; i += OUTPUTS) {
    recordOutputs(tape, kernel, input, missing.slice(i, i + OUTPUTS));
  }
  return outputs;
}

function recordOutputs(tape: Tape, kernel: Kernel, input: Value, outputs: readonly Value[]): void {
  const [n, , h, w] = input.shape, slots = slotCount(input.segments) / 4;
  const places = Array.from({ length: OUTPUTS }, (_, index) => outputs[index]);
  let end = 0;
  const sizes = places.flatMap((output) => {
    const [, , height, width] = output?.shape ?? [0, 0, 0, 0], first = end;
    end += n * height * width * slots;
    return [height, width, first, 0];
  });
  tape.dispatch(kernel, {
    params: [n, slots, h, w, ...sizes, end],
    reads: [input.storage],
    writes: places.map((output) => output?.storage ?? tape.scratch("unused", 16)),
    workgroups: workgroupsFor(end, 64),
  });
}
