import { conv2d } from "../../pipeline/compute/network/ops/conv2d.ts";
import { Parameters } from "../../pipeline/compute/parameters.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkConv2d: GoldenCheck = async (gpu, golden, exact) => {
  const { stride, dilation, leaky_relu: leakyRelu } = golden.parameters;
  const x = golden.input("x"), gradOut = golden.input("grad_out");
  const weight = golden.input("weight"), bias = golden.input("bias");
  const shape = shape4(weight);
  const parameters = new Parameters(gpu, [
    { name: "weight", kind: "weight", shape, inputSegments: [shape[1]] },
    { name: "bias", kind: "bias", shape: [shape[0], 1, 1, 1], inputSegments: [] },
  ]);
  parameters.write(new Map([["weight", weight.data], ["bias", bias.data]]));
  const tape = new Tape(gpu, { exact });
  const input = tape.variable("x", shape4(x)), seed = tape.persistent("grad_out", shape4(gradOut));
  tape.write(input, x.data);
  tape.write(seed, gradOut.data);
  const output = conv2d(tape, input, parameters.get("weight"), parameters.get("bias"), {
    stride,
    dilation,
    leakyRelu,
  });
  const out = tape.keep(output);
  tape.backward(output, seed);
  const dx = tape.keep(tape.gradientOf(input));
  (await tape.finish()).run();
  const gradients = await parameters.read("gradients");
  return new Map([
    ["out", await tape.read(out)],
    ["dx", await tape.read(dx)],
    ["dweight", gradients.get("weight")!],
    ["dbias", gradients.get("bias")!],
  ]);
};
