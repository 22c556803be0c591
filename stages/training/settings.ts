/** What the loop, the trainer and the batches of a training stage take of its section. */
import type { PhotometricSettings } from "../../pipeline/compute/photometric_loss.ts";
import type { SmoothnessTerm } from "../../pipeline/compute/smoothness_term.ts";
import { similarityOf } from "../../pipeline/compute/photometric_params.ts";
import { sidesOf } from "../../pipeline/train/crop.ts";
import type { LearningParams } from "../../pipeline/train/params.ts";
import { phasesOf, type Ramp } from "../../pipeline/train/phases.ts";
import {
  augmentationOf,
  laterLossOf,
  occlusionPassOf,
  secondPassOf,
} from "../../pipeline/train/recipe_params.ts";
import type { SamplerSettings } from "../../pipeline/train/sampler.ts";
import type { TrainSettings } from "../../pipeline/train/train.ts";
import type { TrainerSettings } from "../../pipeline/train/parts.ts";
import type { VariationSettings } from "../../pipeline/train/variation.ts";

export function loopSettings(params: LearningParams): TrainSettings {
  return {
    steps: params.steps,
    learningRate: params.learning_rate,
    warmupSteps: params.warmup_steps,
    schedule: params.learning_rate_schedule,
    decayShare: params.decay_share,
    dropAt: params.drop_at,
    dropFactor: params.drop_factor,
    logEvery: params.log_every,
    validateEvery: params.validate_every,
    checkpointEvery: params.checkpoint_every,
    seed: params.seed,
  };
}

/** The smoothness under test, which a section of its own keys describes. */
export interface RampedSmoothness {
  /** Absent for none. */
  readonly term?: SmoothnessTerm;
  /** Over which its weight ramps in from the first step on; 0 for at once. */
  readonly rampSteps: number;
}

/** All but the network. @param smoothness absent for training by the photometric term alone */
export function trainerSettings(
  params: LearningParams,
  smoothness?: RampedSmoothness,
): Omit<TrainerSettings, "model"> {
  const { height, width } = sidesOf(params.crop);
  const secondPass = secondPassOf(params), occlusionPass = occlusionPassOf(params);
  const augmentation = augmentationOf(params);
  const loss: PhotometricSettings = { ...similarityOf(params), occlusion: params.occlusion };
  return {
    images: [2 * params.batch / params.micro_batches, 3, height, width],
    phases: phasesOf({
      steps: params.steps,
      loss,
      occlusionFromStep: params.occlusion_from_step,
      laterLoss: laterLossOf(params),
      secondPassFromStep: secondPass?.fromStep,
      occlusionPassFromStep: occlusionPass?.fromStep,
    }),
    smoothness: smoothness?.term,
    secondPass,
    occlusionPass,
    ramps: {
      smoothness: rampOf(0, smoothness?.rampSteps ?? 0),
      secondPass: secondPass && rampOf(secondPass.fromStep, secondPass.rampSteps),
      occlusionPass: occlusionPass && rampOf(occlusionPass.fromStep, occlusionPass.rampSteps),
    },
    secondPassNoise: (secondPass?.noise ?? 0) > 0,
    augmented: augmentation !== undefined,
    augmentedPasses: augmentation?.passes,
    microBatches: params.micro_batches,
    averageDecay: params.average_decay > 0 ? params.average_decay : undefined,
    gradientClip: params.gradient_clip,
    weightDecay: params.weight_decay,
  };
}

function rampOf(fromStep: number, rampSteps: number): Ramp | undefined {
  return rampSteps > 0 ? { fromStep, rampSteps } : undefined;
}

/** Of micro-batches, each of which is a step of the sampler. */
export function samplerSettings(params: LearningParams): SamplerSettings {
  const { curriculum_start: start, curriculum_end: end, micro_batches: runs } = params;
  return {
    ...sidesOf(params.crop),
    batch: params.batch / runs,
    realShare: params.real_share,
    // Absent where all steps draw from all scenes, each of which then comes once an epoch.
    curriculum: start < 1 || end < 1 ? { start, end, steps: params.steps * runs } : undefined,
  };
}

export function variationSettings(params: LearningParams): VariationSettings {
  return {
    ...sidesOf(params.crop),
    augmentation: augmentationOf(params)?.largest,
    secondPass: secondPassOf(params),
    occlusionPass: occlusionPassOf(params),
  };
}
