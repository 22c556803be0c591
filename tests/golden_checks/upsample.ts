import { upsample } from "../../pipeline/compute/ops/upsample.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkUpsample: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const x = golden.input("x"), gradOut = golden.input("grad_out");
  const input = tape.variable("x", shape4(x)), seed = tape.persistent("grad_out", shape4(gradOut));
  tape.write(input, x.data);
  tape.write(seed, gradOut.data);
  const factor: number = golden.parameters.factor;
  const output = upsample(tape, input, input.shape[2] * factor, input.shape[3] * factor);
  const out = tape.keep(output);
  tape.backward(output, seed);
  const dx = tape.keep(tape.gradientOf(input));
  (await tape.finish()).run();
  return new Map([["out", await tape.read(out)], ["dx", await tape.read(dx)]]);
};
