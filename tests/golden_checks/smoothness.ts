import { smoothness } from "../../pipeline/smoothness/ops/smoothness.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkSmoothness: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const flowTensor = golden.input("flow"), imageTensor = golden.input("image");
  const flow = tape.variable("flow", shape4(flowTensor));
  const image = tape.persistent("image", shape4(imageTensor));
  tape.write(flow, flowTensor.data);
  tape.write(image, imageTensor.data);
  const { penalty, order, alpha } = golden.parameters;
  const result = smoothness(tape, flow, image, { penalty, order, edgeAlpha: alpha });
  tape.backward(result);
  const loss = tape.keep(result), dFlow = tape.keep(tape.gradientOf(flow));
  (await tape.finish()).run();
  return new Map([["loss", await tape.read(loss)], ["dloss_dflow", await tape.read(dFlow)]]);
};
