import { areaDownsample } from "../../pipeline/compute/ops/area_downsample.ts";
import { maskedSobel } from "../../pipeline/smoothness/ops/masked_sobel.ts";
import { Tape, type Value } from "../../pipeline/compute/tape.ts";
import { unrolledCost, unrolledIterates } from "../../pipeline/smoothness/ops/unrolled_cost.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkUnrolledLoss: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const flowTensor = golden.input("flow"), imageTensor = golden.input("image");
  const flow = tape.variable("flow", shape4(flowTensor));
  const image = tape.persistent("image", shape4(imageTensor));
  tape.write(flow, flowTensor.data);
  tape.write(image, imageTensor.data);
  const { alpha, order, border, T, rho, lambda, eta, w, stop_gradient } = golden.parameters;
  const { c, maskX, maskY } = maskedSobel(
    tape,
    flow,
    areaDownsample(tape, image, flow.shape[2], flow.shape[3]),
    { edgeAlpha: alpha, order, border },
  );
  const loss = unrolledCost(tape, c, {
    unrollIterations: T,
    rho,
    lambda,
    eta,
    stopGradient: stop_gradient,
    weight: w,
  });
  const results = new Map<string, Value>([
    ["mask_x", maskX],
    ["mask_y", maskY],
    ["c", c],
    ["loss", loss],
  ]);
  for (const key of golden.expected) {
    const iterate = /^(q|beta)_(\d+)$/.exec(key);
    if (!iterate) continue;
    const { q, beta } = unrolledIterates(tape, c, {
      iteration: Number(iterate[2]),
      rho,
      lambda,
      eta,
    });
    results.set(key, iterate[1] === "q" ? q : beta);
  }
  const kept = [...results].map(([key, value]) => [key, tape.keep(value)] as const);
  tape.backward(loss);
  kept.push(["dloss_dflow", tape.keep(tape.gradientOf(flow))]);
  (await tape.finish()).run();
  const read = new Map<string, ArrayLike<number>>();
  for (const [key, value] of kept) read.set(key, await tape.read(value));
  return read;
};
