import { Tape } from "../../pipeline/compute/tape.ts";
import { smoothnessLoss } from "../../pipeline/smoothness/loss.ts";
import { Trainer } from "../../pipeline/train/trainer.ts";
import type { GoldenCheck } from "./_golden.ts";
import {
  fileWeights,
  l2Norm,
  modelSettings,
  photometricSettings,
  smoothnessSettings,
  stackedImages,
} from "./network_case.ts";

export const checkTrainingTrajectory: GoldenCheck = async (gpu, golden, exact) => {
  const { steps, stage, switch_at, switch_to, lr, weight_decay } = golden.parameters;
  const weights = fileWeights(await golden.other("pwclite"));
  const { shape, packed } = stackedImages(golden);
  const trainer = await Trainer.create(gpu, weights, {
    model: modelSettings(golden.parameters),
    images: shape,
    phases: [
      { fromStep: 0, photometric: photometricSettings(stage) },
      ...switch_to ? [{ fromStep: switch_at, photometric: photometricSettings(switch_to) }] : [],
    ],
    smoothness: smoothnessLoss(smoothnessSettings(golden.parameters)),
    gradientClip: 0,
    weightDecay: weight_decay,
    logRows: steps + 1,
    exact,
  });
  new Tape(gpu).writePacked(trainer.images, packed);
  const meanFlow: number[] = [];
  let trained = new Map<string, Float32Array>();
  for (let step = 0; step <= steps; step++) {
    if (step === steps) trained = await trainer.parameters.read();
    // The last of these runs only shows the losses after the last step.
    trainer.run(lr);
    const flow = await trainer.finestFlow();
    meanFlow.push(flow.reduce((sum, value) => sum + Math.abs(value), 0) / flow.length);
  }
  const rows = await trainer.losses(0, steps + 1);
  const names = golden.parameterOrder;
  return new Map<string, ArrayLike<number>>([
    ["total", rows.map(([total]) => total)],
    ["photometric", rows.map(([, photometric]) => photometric)],
    ["smoothness", rows.map(([, , smoothness]) => smoothness)],
    ["mean_abs_flow", meanFlow],
    ["final_weight_l2", names.map((name) => l2Norm(trained.get(name)!))],
    [
      "final_change_l2",
      names.map((name) => {
        const before = weights.get(name)!;
        return l2Norm(trained.get(name)!.map((value, i) => value - before[i]));
      }),
    ],
  ]);
};

/**
 * The first training step of a trajectory by itself, where all would take minutes: the losses before and after it, and how far
 * each parameter went. As {@link checkTrainingTrajectory} names them.
 */
export const checkFirstStep: GoldenCheck = (gpu, golden, exact) =>
  checkTrainingTrajectory(
    gpu,
    { ...golden, parameters: { ...golden.parameters, steps: 1 } },
    exact,
  );
