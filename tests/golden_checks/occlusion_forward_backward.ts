import { occlusionForwardBackward } from "../../pipeline/compute/ops/occlusion_forward_backward.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkOcclusionForwardBackward: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const [flow, other] = ["flow_forward", "flow_backward"].map((key) => {
    const tensor = golden.input(key);
    const value = tape.persistent(key, shape4(tensor));
    tape.write(value, tensor.data);
    return value;
  });
  const { scale, bias } = golden.parameters;
  const result = occlusionForwardBackward(tape, flow, other, { scale, bias });
  const sampled = tape.keep(result.sampled), visible = tape.keep(result.visible);
  (await tape.finish()).run();
  return new Map<string, ArrayLike<number>>([
    ["flow_backward_sampled", await tape.read(sampled)],
    ["occluded", (await tape.read(visible)).map((value) => 1 - value)],
  ]);
};
