import { Tape } from "../../pipeline/compute/tape.ts";
import { warp } from "../../pipeline/compute/ops/warp.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkWarp: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const variable = (key: string) => {
    const given = golden.input(key);
    const value = tape.variable(key, shape4(given));
    tape.write(value, given.data);
    return value;
  };
  const image = variable("image"), flow = variable("flow"), seed = variable("grad_out");
  const output = warp(tape, image, flow, {
    padding: golden.parameters.padding,
    alignCorners: golden.parameters.align_corners,
  });
  const out = tape.keep(output);
  tape.backward(output, seed);
  const dImage = tape.keep(tape.gradientOf(image)), dFlow = tape.keep(tape.gradientOf(flow));
  (await tape.finish()).run();
  return new Map([
    ["out", await tape.read(out)],
    ["dimage", await tape.read(dImage)],
    ["dflow", await tape.read(dFlow)],
  ]);
};
