/** What a trainer is made of before its steps are recorded: settings, parameters, inputs, and where losses are kept. */
import type { Gpu } from "../compute/gpu/device.ts";
import type { Shape, Storage } from "../compute/gpu/tensor.ts";
import { describePwcLite } from "../compute/network/pwclite.ts";
import type { Accumulator } from "../compute/ops/accumulate.ts";
import { AdamState } from "../compute/ops/adam.ts";
import { Looks } from "../compute/ops/appearance.ts";
import { Places } from "../compute/ops/crop_values.ts";
import { GradientClip } from "../compute/ops/gradient_clip.ts";
import { LossLog } from "../compute/ops/loss_log.ts";
import { Factor } from "../compute/ops/scale_by.ts";
import { NoiseKeys } from "../compute/ops/superpixel_noise.ts";
import { WeightAverage } from "../compute/ops/weight_average.ts";
import { Parameters } from "../compute/parameters.ts";
import { Tape } from "../compute/tape.ts";
import type { Phase, Ramp } from "./phases.ts";
import {
  type DrawnInputs,
  RAMPED,
  type Ramped,
  type StepLosses,
  type StepParts,
  type StepSettings,
} from "./step.ts";

export interface TrainerSettings extends StepSettings {
  /** [2B, 3, H, W] of a micro-batch. */
  readonly images: Shape;
  /** In order; the first starts at step 0. */
  readonly phases: readonly Phase[];
  /** How weights ramp in; absent where they count whole. */
  readonly ramps?: Partial<Readonly<Record<Ramped, Ramp>>>;
  /** Whether the looks of pictures are drawn, and the noise of the second pass; default false. */
  readonly augmented?: boolean;
  readonly secondPassNoise?: boolean;
  /** Runs of a step, whose gradients are averaged; default 1. */
  readonly microBatches?: number;
  /** Of the exponential average of the weights, below 1; absent for none. */
  readonly averageDecay?: number;
  /** Steps whose losses are kept until they are read, where more than those in flight. */
  readonly logRows?: number;
  /** Direct convolutions only, which round least. */
  readonly exact?: boolean;
}

/** Columns of a step's losses, all before its update. */
export const LOSS_TERMS = [
  "total_loss",
  "photometric_loss",
  "smoothness_loss",
  "gradient_norm",
] as const;

/** Names of the losses of a run, in the order of their columns: one more for each further pass. */
export function termsOf(
  { secondPass, occlusionPass }: Pick<TrainerSettings, "secondPass" | "occlusionPass">,
): readonly string[] {
  return [
    ...LOSS_TERMS,
    ...secondPass ? ["second_pass_loss"] : [],
    ...occlusionPass ? ["occlusion_pass_loss"] : [],
  ];
}

/** Steps to submit before the next wait, which costs 10 ms: nothing beside a step of a CPU driver. */
export function stepsInFlight({ adapter }: Gpu): number {
  return adapter.fallback ? 4 : 32;
}

/** Makes all of it, with the weights that training begins with. @throws {Error} when weights and network do not match */
export function makeParts(
  gpu: Gpu,
  weights: ReadonlyMap<string, Float32Array>,
  settings: TrainerSettings,
): StepParts {
  const descriptions = describePwcLite(settings.model.width);
  const parameters = new Parameters(gpu, descriptions);
  parameters.write(weights);
  const { averageDecay, ramps = {} } = settings;
  let average: WeightAverage | undefined;
  if (averageDecay !== undefined) {
    average = new WeightAverage(gpu, new Parameters(gpu, descriptions), averageDecay);
    average.parameters.write(weights);
  }
  const rows = Math.max(settings.logRows ?? 0, stepsInFlight(gpu));
  return {
    images: new Tape(gpu).persistent("images", settings.images),
    drawn: makeDrawn(gpu, settings),
    parameters,
    ramps: Object.fromEntries(
      RAMPED.filter((term) => ramps[term]).map((
        term,
      ) => [term, new Factor(gpu, `ramp of ${term}`)]),
    ),
    log: new LossLog(gpu, rows, termsOf(settings).length),
    adam: new AdamState(gpu, parameters),
    clip: new GradientClip(gpu),
    average,
  };
}

function makeDrawn(gpu: Gpu, settings: TrainerSettings): DrawnInputs {
  const { images: [pictures], augmented, secondPass, secondPassNoise, occlusionPass } = settings;
  const tape = new Tape(gpu), pairs = pictures / 2;
  const thetas = (label: string, count: number) => tape.persistent(label, [count, 6, 1, 1]);
  return {
    looks: augmented ? new Looks(gpu, pictures) : undefined,
    noise: secondPass && secondPassNoise ? new Looks(gpu, pictures) : undefined,
    transforms: secondPass && {
      both: thetas("transforms of both frames", pictures),
      first: thetas("transforms of frame 1", pairs),
      second: thetas("transforms of frame 2", pairs),
    },
    parts: occlusionPass && { places: new Places(gpu, pairs), keys: new NoiseKeys(gpu, pairs) },
  };
}

/** The means of gradients and losses over the micro-batches of a step. */
export interface StepMeans {
  readonly gradients: Storage;
  readonly losses: StepLosses;
}

export function makeMeans(
  gpu: Gpu,
  accumulator: Accumulator,
  { parameters }: StepParts,
): StepMeans {
  const mean = (term: string) =>
    accumulator.scalarMean(new Tape(gpu).value(`${term} loss`, [1, 1, 1, 1]));
  return {
    gradients: accumulator.meanOf(parameters.gradients),
    losses: {
      total: mean("total"),
      photometric: mean("photometric"),
      smoothness: mean("smoothness"),
      secondPass: mean("second pass"),
      occlusionPass: mean("occlusion pass"),
    },
  };
}

/** Records that a micro-batch adds its share to the means. */
export function recordMeans(
  tape: Tape,
  accumulator: Accumulator,
  { gradients, losses }: StepMeans,
  means: StepMeans,
): void {
  accumulator.record(tape, gradients, means.gradients);
  for (const term of Object.keys(losses) as (keyof StepLosses)[]) {
    accumulator.record(tape, losses[term].storage, means.losses[term].storage);
  }
}
