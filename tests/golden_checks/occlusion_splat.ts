import { nearestDownsample } from "../../pipeline/compute/ops/nearest_downsample.ts";
import { occlusionSplat } from "../../pipeline/compute/ops/occlusion_splat.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkOcclusionSplat: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const tensor = golden.input("flow_backward");
  const flow = tape.persistent("flow_backward", shape4(tensor));
  tape.write(flow, tensor.data);
  const { threshold, small: [height, width] } = golden.parameters;
  const result = occlusionSplat(tape, flow, { threshold });
  const coverage = tape.keep(result.coverage), visible = tape.keep(result.visible);
  const visibleSmall = tape.keep(nearestDownsample(tape, result.visible, height, width));
  (await tape.finish()).run();
  const occluded = (values: Float32Array) => values.map((value) => 1 - value);
  return new Map<string, ArrayLike<number>>([
    ["coverage", await tape.read(coverage)],
    ["occluded", occluded(await tape.read(visible))],
    ["occluded_small", occluded(await tape.read(visibleSmall))],
  ]);
};
