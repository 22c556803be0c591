import { correlation } from "../../pipeline/compute/network/ops/correlation.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkCorrelation: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const variable = (key: string) => {
    const given = golden.input(key);
    const value = tape.variable(key, shape4(given));
    tape.write(value, given.data);
    return value;
  };
  const first = variable("f1"), second = variable("f2"), seed = variable("grad_out");
  const output = correlation(tape, first, second, {
    maximumDisplacement: golden.parameters.max_displacement,
  });
  const out = tape.keep(output);
  tape.backward(output, seed);
  const dFirst = tape.keep(tape.gradientOf(first)), dSecond = tape.keep(tape.gradientOf(second));
  (await tape.finish()).run();
  return new Map([
    ["out", await tape.read(out)],
    ["df1", await tape.read(dFirst)],
    ["df2", await tape.read(dSecond)],
  ]);
};
