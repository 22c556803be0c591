/** A run of a training stage from its parameters, on pairs in memory and without a folder. */
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import type { PwcLiteSettings } from "../../pipeline/compute/network/pwclite.ts";
import { writeCheckpoint } from "../../pipeline/train/checkpoint.ts";
import type { LearningParams } from "../../pipeline/train/params.ts";
import { type FrameSource, Sampler } from "../../pipeline/train/sampler.ts";
import { train, type TrainProgress } from "../../pipeline/train/train.ts";
import { Trainer } from "../../pipeline/train/trainer.ts";
import {
  loopSettings,
  type RampedSmoothness,
  samplerSettings,
  trainerSettings,
} from "../../stages/training/settings.ts";
import { prepareBatches } from "../../stages/training/training.ts";
import { testGpu } from "../_adapter.ts";

export interface RunInputs {
  readonly name: "pretrain" | "train";
  readonly params: LearningParams;
  readonly model: PwcLiteSettings;
  readonly weights: Parameters<typeof Trainer.create>[1];
  readonly scenes?: FrameSource;
  readonly real?: FrameSource;
  readonly validation: readonly FramePair[];
  readonly smoothness?: RampedSmoothness;
  /** Of its checkpoints. */
  readonly key: string;
}

/** @returns the run before its first step; `go` trains to the end and gives the state, `saved` are its checkpoints */
export async function startRun(
  { name, params, model, weights, scenes, real, validation, smoothness, key }: RunInputs,
) {
  const gpu = await testGpu();
  const trainer = await Trainer.create(gpu, weights, {
    ...trainerSettings(params, smoothness),
    model,
  });
  const sampler = new Sampler(scenes, real, samplerSettings(params), new Rng(2));
  const batches = await prepareBatches(gpu, trainer, sampler, { name, params });
  const progress: TrainProgress = { pending: [], lossRows: [], validationRows: [] };
  const saved: Uint8Array[] = [];
  const go = async () => {
    await train(trainer, {
      batches,
      validation,
      predictor: new Predictor(gpu, trainer.result, model),
      settings: loopSettings(params),
      progress,
      hooks: {
        checkpoint: async (state, rows) => {
          saved.push(await writeCheckpoint(key, { state, progress: rows }));
        },
        interrupted: () => false,
      },
    });
    return await trainer.state();
  };
  return { trainer, progress, saved, go };
}
