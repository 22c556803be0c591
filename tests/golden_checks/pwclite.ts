import { photometricLoss } from "../../pipeline/compute/photometric_loss.ts";
import { smoothnessLoss } from "../../pipeline/smoothness/loss.ts";
import { describePwcLite, pwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { Parameters } from "../../pipeline/compute/parameters.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { weightedSum } from "../../pipeline/compute/ops/weighted_sum.ts";
import type { GoldenCheck } from "./_golden.ts";
import {
  caseWeights,
  l2Norm,
  modelSettings,
  photometricSettings,
  smoothnessSettings,
  stackedImages,
} from "./network_case.ts";

export const checkPwcLite: GoldenCheck = async (gpu, golden, exact) => {
  const model = modelSettings(golden.parameters);
  const parameters = new Parameters(gpu, describePwcLite(model.width));
  parameters.write(caseWeights(golden));
  const tape = new Tape(gpu, { exact });
  const { shape, data } = stackedImages(golden);
  const images = tape.persistent("images", shape);
  tape.write(images, data);
  const { flows, quarterFlow } = pwcLite(tape, parameters, images, model);
  const photometric = photometricLoss(
    tape,
    images,
    flows,
    photometricSettings(golden.parameters.stage),
  );
  const record = smoothnessLoss(smoothnessSettings(golden.parameters))!;
  const smooth = record(tape, { images, quarterFlow, finestFlow: flows[0] });
  const total = weightedSum(tape, [
    { value: photometric.total, weight: 1 },
    { value: smooth.term, weight: 1 },
  ]);
  const kept = new Map([
    ["total", tape.keep(total)],
    ["photometric", tape.keep(photometric.total)],
    ["smoothness", tape.keep(smooth.term)],
  ]);
  const keptFlows = flows.map((flow) => tape.keep(flow));
  const visible = tape.keep(photometric.visible);
  const c = smooth.c && tape.keep(smooth.c);
  tape.backward(total);
  (await tape.finish()).run();

  const results = new Map<string, ArrayLike<number>>();
  for (const [key, value] of kept) results.set(key, await tape.read(value));
  const firstHalf = (values: Float32Array) => values.slice(0, values.length / 2);
  for (const [level, flow] of keptFlows.entries()) {
    const values = await tape.read(flow);
    results.set(`flow_forward_${level}`, firstHalf(values));
    results.set(`flow_backward_${level}`, values.slice(values.length / 2));
  }
  results.set("visible_1", firstHalf(await tape.read(visible)));
  if (c) results.set("c_forward", firstHalf(await tape.read(c)));
  const gradients = await parameters.read("gradients");
  for (const [name, gradient] of gradients) results.set(`dtotal/${name}`, gradient);
  results.set("gradient_l2", golden.parameterOrder.map((name) => l2Norm(gradients.get(name)!)));
  return results;
};
