import { affineFlow, affineImage } from "../../pipeline/compute/ops/affine.ts";
import { secondPassLoss } from "../../pipeline/compute/ops/second_pass_loss.ts";
import { Tape, type Value } from "../../pipeline/compute/tape.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

export const checkSecondPass: GoldenCheck = async (gpu, golden, exact) => {
  const tape = new Tape(gpu, { exact });
  const input = (key: string) => {
    const given = golden.input(key);
    const value = tape.persistent(key, shape4(given));
    tape.write(value, given.data);
    return value;
  };
  const theta = (key: string) => {
    const given = golden.input(key);
    const value = tape.persistent(key, [given.shape[0], 6, 1, 1]);
    tape.write(value, given.data);
    return value;
  };
  const theta1 = theta("theta_1"), theta2 = theta("theta_2");
  const given = golden.input("prediction");
  const prediction = tape.variable("prediction", shape4(given));
  tape.write(prediction, given.data);

  const target = affineFlow(tape, input("flow"), theta1, theta2);
  const visible = affineImage(tape, input("visible"), theta1);
  const loss = secondPassLoss(tape, prediction, target, visible, {
    epsilon: golden.parameters.ar_eps,
    exponent: golden.parameters.ar_q,
  });
  const results: [string, Value][] = [
    ["image1_transformed", affineImage(tape, input("image1"), theta1)],
    ["image2_transformed", affineImage(tape, input("image2"), theta2)],
    ["visible_transformed", visible],
    ["target", target],
    ["loss", loss],
  ];
  tape.backward(loss);
  results.push(["dloss_dprediction", tape.gradientOf(prediction)]);
  const kept = results.map(([key, value]) => [key, tape.keep(value)] as const);
  (await tape.finish()).run();
  return new Map(
    await Promise.all(kept.map(async ([key, value]) => [key, await tape.read(value)] as const)),
  );
};
