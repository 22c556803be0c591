/**
 * The training step as recorded programs: one for each phase over the same parameters, and where a batch is split into
 * micro-batches one more for the update. Its pictures, and what is drawn for them, come from outside.
 */
import type { Gpu } from "../compute/gpu/device.ts";
import type { Program } from "../compute/gpu/program.ts";
import { readStorage, type Storage } from "../compute/gpu/tensor.ts";
import { Accumulator } from "../compute/ops/accumulate.ts";
import type { Parameters } from "../compute/parameters.ts";
import { Tape, type Value } from "../compute/tape.ts";
import {
  makeMeans,
  makeParts,
  recordMeans,
  stepsInFlight,
  termsOf,
  type TrainerSettings,
} from "./parts.ts";
import { rampAt } from "./phases.ts";
import {
  type DrawnInputs,
  RAMPED,
  recordGradients,
  recordStep,
  recordUpdate,
  type StepParts,
} from "./step.ts";

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
      const { gradients } = parts.parameters;
      recordMeans(tape, accumulator, { gradients, losses }, means);
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
    const { log, adam, average, ramps } = this.#parts;
    log.setStep(this.#step);
    adam.setStep(this.#step + 1, learningRate);
    average?.setStep(this.#step + 1);
    for (const term of RAMPED) {
      const ramp = this.#settings.ramps?.[term];
      if (ramp) ramps?.[term]?.set(rampAt(this.#step, ramp));
    }
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
