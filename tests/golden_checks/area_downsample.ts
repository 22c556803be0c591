import { areaDownsample } from "../../pipeline/compute/ops/area_downsample.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkAreaDownsample: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const x = golden.input("x");
  const input = tape.persistent("x", shape4(x));
  tape.write(input, x.data);
  const [height, width]: number[] = golden.parameters.size;
  const out = tape.keep(areaDownsample(tape, input, height, width));
  (await tape.finish()).run();
  return new Map([["out", await tape.read(out)]]);
};
