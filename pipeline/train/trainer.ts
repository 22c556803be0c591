/**
 * The training step as recorded programs: one for each phase over the same parameters, and where a batch is split into
 * micro-batches one more for the update. Its pictures, and what is drawn for them, come from outside.
 */
import type { Gpu } from "../compute/gpu/device.ts";
import type { Program } from "../compute/gpu/program.ts";
import { readStorage, type Shape, type Storage } from "../compute/gpu/tensor.ts";
import { describePwcLite } from "../compute/network/pwclite.ts";
import { Accumulator } from "../compute/ops/accumulate.ts";
import { AdamState } from "../compute/ops/adam.ts";
import { Looks } from "../compute/ops/appearance.ts";
import { GradientClip } from "../compute/ops/gradient_clip.ts";
import { LossLog } from "../compute/ops/loss_log.ts";
import { Factor } from "../compute/ops/scale_by.ts";
import { WeightAverage } from "../compute/ops/weight_average.ts";
import { Parameters } from "../compute/parameters.ts";
import { Tape, type Value } from "../compute/tape.ts";
import { type Phase, type Ramp, rampAt } from "./phases.ts";
import {
  type DrawnInputs,
  recordGradients,
  recordStep,
  recordUpdate,
  type StepLosses,
  type StepParts,
  type StepSettings,
} from "./step.ts";

export interface TrainerSettings extends StepSettings {
  /** [2B, 3, H, W] of a micro-batch. */
  readonly images: Shape;
  /** In order; the first starts at step 0. */
  readonly phases: readonly Phase[];
  /** How the weights of smoothness and second pass ramp in; absent where they count whole. */
  readonly smoothnessRamp?: Ramp;
  readonly secondPassRamp?: Ramp;
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

/** One more, of a run with a second pass. */
export const SECOND_PASS_TERM = "second_pass_loss";

/** Everything that changes from step to step, in the device's order: what a checkpoint holds. */
export interface TrainerState {
  readonly step: number;
  readonly parameters: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  /** Of the weights, where one is kept. */
  readonly average?: Float32Array;
}

interface RecordedPhase {
  readonly fromStep: number;
  readonly program: Program;
  readonly finestFlow: Value;
}

/** What follows the last micro-batch of a step. */
interface RecordedUpdate {
  readonly accumulator: Accumulator;
  readonly program: Program;
}

export class Trainer {
  readonly #gpu: Gpu;
  readonly #settings: TrainerSettings;
  readonly #parts: StepParts;
  readonly #phases: readonly RecordedPhase[];
  readonly #update?: RecordedUpdate;
  /** Names of the losses, in the order of their columns. */
  readonly terms: readonly string[];
  #step = 0;
  #microBatch = 0;

  private constructor(
    gpu: Gpu,
    settings: TrainerSettings,
    parts: StepParts,
    { phases, update }: { phases: readonly RecordedPhase[]; update?: RecordedUpdate },
  ) {
    this.#gpu = gpu;
    this.#settings = settings;
    this.#parts = parts;
    this.#phases = phases;
    this.#update = update;
    this.terms = termsOf(settings);
  }

  /**
   * Records the programs of all phases.
   * @param weights by name, in the order of files
   * @throws {Error} when weights and network do not match
   * @throws {TooLargeError} when a step does not fit into the device
   */
  static async create(
    gpu: Gpu,
    weights: ReadonlyMap<string, Float32Array>,
    settings: TrainerSettings,
  ): Promise<Trainer> {
    const { phases, microBatches = 1, exact } = settings;
    const parts = makeParts(gpu, weights, settings);
    if (microBatches === 1) {
      const recorded: RecordedPhase[] = [];
      for (const phase of phases) {
        const tape = new Tape(gpu, { exact });
        const finestFlow = recordStep(tape, parts, settings, phase);
        recorded.push({ fromStep: phase.fromStep, program: await tape.finish(), finestFlow });
      }
      return new Trainer(gpu, settings, parts, { phases: recorded });
    }
    const accumulator = new Accumulator(gpu, microBatches);
    const means = makeMeans(gpu, accumulator, parts);
    const recorded: RecordedPhase[] = [];
    for (const phase of phases) {
      const tape = new Tape(gpu, { exact });
      const { losses, finestFlow } = recordGradients(tape, parts, settings, phase);
      accumulator.record(tape, parts.parameters.gradients, means.gradients);
      for (const term of LOSSES) {
        accumulator.record(tape, losses[term].storage, means.losses[term].storage);
      }
      const kept = tape.keep(finestFlow);
      recorded.push({ fromStep: phase.fromStep, program: await tape.finish(), finestFlow: kept });
    }
    const tape = new Tape(gpu, { exact });
    recordUpdate(tape, parts, settings, means);
    const update = { accumulator, program: await tape.finish() };
    return new Trainer(gpu, settings, parts, { phases: recorded, update });
  }

  /** Pictures of the next run, [2B, 3, H, W] in [0, 1]: first frames, then second. */
  get images(): Value {
    return this.#parts.images;
  }

  /** What is drawn for the next run, beside its pictures. */
  get drawn(): DrawnInputs {
    return this.#parts.drawn ?? {};
  }

  get parameters(): Parameters {
    return this.#parts.parameters;
  }

  /** The weights that training is for: their average where one is kept, else the last ones. */
  get result(): Parameters {
    return this.#parts.average?.parameters ?? this.parameters;
  }

  /** Steps to submit before the next wait. */
  get stepsInFlight(): number {
    return stepsInFlight(this.#gpu);
  }

  /** Steps done so far. */
  get step(): number {
    return this.#step;
  }

  /** Runs that make a step. */
  get microBatches(): number {
    return this.#settings.microBatches ?? 1;
  }

  /** Bytes on the device: intermediate values of the largest phase, parameters, gradients, moments, and means of both where kept. */
  get deviceBytes(): number {
    const activations = this.#phases.map(({ program }) => program.activationBytes);
    const flat = 4 + (this.#update ? 1 : 0) + (this.#parts.average ? 2 : 0);
    return Math.max(...activations) + flat * this.parameters.values.bytes;
  }

  /** The recorded step, or micro-batch, of the last phase. */
  get lastProgram(): Program {
    return this.#phases.at(-1)!.program;
  }

  /** Dispatches of one step of the last phase. */
  get dispatches(): number {
    const update = this.#update?.program.kernels.length ?? 0;
    return this.microBatches * this.lastProgram.kernels.length + update;
  }

  #phase(step: number): RecordedPhase {
    return this.#phases.findLast(({ fromStep }) => fromStep <= step)!;
  }

  /** Submits the next micro-batch on what `images` holds, the last one with the update; returns before it is done. */
  run(learningRate: number): void {
    const last = this.#microBatch === this.microBatches - 1;
    if (this.#microBatch === 0) this.#beginStep(learningRate);
    this.#update?.accumulator.setMicroBatch(this.#microBatch);
    this.#phase(this.#step).program.run();
    if (last) this.#update?.program.run();
    this.#microBatch = last ? 0 : this.#microBatch + 1;
    if (last) this.#step++;
  }

  #beginStep(learningRate: number): void {
    const { log, adam, average, smoothnessRamp, secondPassRamp } = this.#parts;
    log.setStep(this.#step);
    adam.setStep(this.#step + 1, learningRate);
    average?.setStep(this.#step + 1);
    const { smoothnessRamp: smoothness, secondPassRamp: secondPass } = this.#settings;
    if (smoothness) smoothnessRamp?.set(rampAt(this.#step, smoothness));
    if (secondPass) secondPassRamp?.set(rampAt(this.#step, secondPass));
  }

  /** Losses of the steps `from` up to and without `to`, in the columns of `terms`. */
  losses(from: number, to: number): Promise<Float32Array[]> {
    return this.#parts.log.read(from, to);
  }

  /** The finest flows of the last run, [2B, 2, H, W] in pixels, before its update. */
  finestFlow(): Promise<Float32Array> {
    const step = this.#microBatch > 0 ? this.#step : this.#step - 1;
    return new Tape(this.#gpu).read(this.#phase(step).finestFlow);
  }

  /** Waits for all steps. @throws {Error} when WebGPU reported one */
  finished(): Promise<void> {
    return this.#gpu.finished();
  }

  /** Between two steps. */
  async state(): Promise<TrainerState> {
    const read = (storage: Storage) => readStorage(this.#gpu, storage);
    const { parameters, adam, average } = this.#parts;
    return {
      step: this.#step,
      parameters: await read(parameters.values),
      firstMoments: await read(adam.firstMoments),
      secondMoments: await read(adam.secondMoments),
      ...average ? { average: await read(average.parameters.values) } : {},
    };
  }

  /** Goes on from a state of the same network on the same kind of device. */
  restore(state: TrainerState): void {
    const write = ({ buffer }: Storage, data: Float32Array) =>
      this.#gpu.device.queue.writeBuffer(buffer!, 0, data as BufferSource);
    const { parameters, adam, average } = this.#parts;
    write(parameters.values, state.parameters);
    write(adam.firstMoments, state.firstMoments);
    write(adam.secondMoments, state.secondMoments);
    if (average && state.average) write(average.parameters.values, state.average);
    this.#step = state.step;
    this.#microBatch = 0;
  }
}

const LOSSES = ["total", "photometric", "smoothness", "secondPass"] as const;

/** Names of the losses of a run, in the order of their columns. */
export function termsOf({ secondPass }: Pick<TrainerSettings, "secondPass">): readonly string[] {
  return secondPass ? [...LOSS_TERMS, SECOND_PASS_TERM] : LOSS_TERMS;
}

function makeParts(
  gpu: Gpu,
  weights: ReadonlyMap<string, Float32Array>,
  settings: TrainerSettings,
): StepParts {
  const descriptions = describePwcLite(settings.model.width);
  const parameters = new Parameters(gpu, descriptions);
  parameters.write(weights);
  const { averageDecay, smoothnessRamp, secondPassRamp } = settings;
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
    smoothnessRamp: smoothnessRamp && new Factor(gpu, "ramp of smoothness"),
    secondPassRamp: secondPassRamp && new Factor(gpu, "ramp of the second pass"),
    log: new LossLog(gpu, rows, termsOf(settings).length),
    adam: new AdamState(gpu, parameters),
    clip: new GradientClip(gpu),
    average,
  };
}

function makeDrawn(
  gpu: Gpu,
  { images: [pictures], augmented, secondPass, secondPassNoise }: TrainerSettings,
): DrawnInputs {
  const tape = new Tape(gpu);
  const thetas = (label: string, count: number) => tape.persistent(label, [count, 6, 1, 1]);
  return {
    looks: augmented ? new Looks(gpu, pictures) : undefined,
    noise: secondPass && secondPassNoise ? new Looks(gpu, pictures) : undefined,
    transforms: secondPass && {
      both: thetas("transforms of both frames", pictures),
      first: thetas("transforms of frame 1", pictures / 2),
      second: thetas("transforms of frame 2", pictures / 2),
    },
  };
}

/** Where gradients and losses of the micro-batches are averaged. */
function makeMeans(
  gpu: Gpu,
  accumulator: Accumulator,
  { parameters }: StepParts,
): { gradients: Storage; losses: StepLosses } {
  const mean = (term: string) =>
    accumulator.scalarMean(new Tape(gpu).value(`${term} loss`, [1, 1, 1, 1]));
  return {
    gradients: accumulator.meanOf(parameters.gradients),
    losses: {
      total: mean("total"),
      photometric: mean("photometric"),
      smoothness: mean("smoothness"),
      secondPass: mean("second pass"),
    },
  };
}

/** A wait costs 10 ms: nothing beside a step of a CPU driver. */
function stepsInFlight({ adapter }: Gpu): number {
  return adapter.fallback ? 4 : 32;
}
