/**
 * One training step as a recorded program: network, loss, gradients, clip and Adam. Its pictures come from outside. Phases
 * change the photometric term at given steps; each has a program of its own over the same parameters.
 */
import type { Gpu } from "../compute/gpu/device.ts";
import type { Program } from "../compute/gpu/program.ts";
import { readStorage, type Shape } from "../compute/gpu/tensor.ts";
import { photometricLoss, type PhotometricSettings } from "../compute/photometric_loss.ts";
import type { SmoothnessTerm } from "../compute/smoothness_term.ts";
import { describePwcLite, pwcLite, type PwcLiteSettings } from "../compute/network/pwclite.ts";
import { AdamState, recordAdam } from "../compute/ops/adam.ts";
import { GradientClip, recordGradientClip } from "../compute/ops/gradient_clip.ts";
import { LossLog } from "../compute/ops/loss_log.ts";
import { Parameters } from "../compute/parameters.ts";
import { Tape, type Value } from "../compute/tape.ts";
import { weightedSum } from "../compute/ops/weighted_sum.ts";

export interface Phase {
  readonly fromStep: number;
  readonly photometric: PhotometricSettings;
}

export interface TrainerSettings {
  readonly model: PwcLiteSettings;
  /** [2B, 3, H, W] of a batch. */
  readonly images: Shape;
  /** In order; the first starts at step 0. */
  readonly phases: readonly Phase[];
  /** Added to the photometric term; absent for training without smoothness. */
  readonly smoothness?: SmoothnessTerm;
  /** Largest norm of the gradient; 0 does not clip. */
  readonly gradientClip: number;
  readonly weightDecay: number;
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

/** Everything that changes from step to step, in the device's order: what a checkpoint holds. */
export interface TrainerState {
  readonly step: number;
  readonly parameters: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
}

interface RecordedPhase {
  readonly fromStep: number;
  readonly program: Program;
  readonly finestFlow: Value;
}

export class Trainer {
  readonly #gpu: Gpu;
  /** Pictures of the next step, [2B, 3, H, W] in [0, 1]: first frames, then second. */
  readonly images: Value;
  readonly #log: LossLog;
  readonly #adam: AdamState;
  readonly #phases: readonly RecordedPhase[];
  readonly parameters: Parameters;
  #step = 0;

  private constructor(
    gpu: Gpu,
    parameters: Parameters,
    images: Value,
    log: LossLog,
    adam: AdamState,
    phases: readonly RecordedPhase[],
  ) {
    this.#gpu = gpu;
    this.parameters = parameters;
    this.images = images;
    this.#log = log;
    this.#adam = adam;
    this.#phases = phases;
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
    const parameters = new Parameters(gpu, describePwcLite(settings.model.width));
    parameters.write(weights);
    const images = new Tape(gpu).persistent("images", settings.images);
    const log = new LossLog(gpu, Math.max(settings.logRows ?? 0, stepsInFlight(gpu)));
    const adam = new AdamState(gpu, parameters);
    const clip = new GradientClip(gpu);
    const phases: RecordedPhase[] = [];
    for (const { fromStep, photometric } of settings.phases) {
      const tape = new Tape(gpu, { exact: settings.exact });
      const finestFlow = recordStep(
        tape,
        images,
        parameters,
        { adam, clip, log },
        settings,
        photometric,
      );
      phases.push({ fromStep, program: await tape.finish(), finestFlow });
    }
    return new Trainer(gpu, parameters, images, log, adam, phases);
  }

  /** Steps to submit before the next wait. */
  get stepsInFlight(): number {
    return stepsInFlight(this.#gpu);
  }

  /** Steps done so far. */
  get step(): number {
    return this.#step;
  }

  /** Bytes on the device: intermediate values of the largest phase, parameters, gradients and moments. */
  get deviceBytes(): number {
    const activations = this.#phases.map(({ program }) => program.activationBytes);
    return Math.max(...activations) + 4 * this.parameters.values.bytes;
  }

  /** The recorded step of the last phase. */
  get lastProgram(): Program {
    return this.#phases.at(-1)!.program;
  }

  /** Dispatches of one step of the last phase. */
  get dispatches(): number {
    return this.lastProgram.kernels.length;
  }

  #phase(step: number): RecordedPhase {
    return this.#phases.findLast(({ fromStep }) => fromStep <= step)!;
  }

  /** Submits one step on what `images` holds; returns before it is done. */
  run(learningRate: number): void {
    this.#log.setStep(this.#step);
    this.#adam.setStep(this.#step + 1, learningRate);
    this.#phase(this.#step).program.run();
    this.#step++;
  }

  /** Losses of the steps `from` up to and without `to`, in the columns of LOSS_TERMS. */
  losses(from: number, to: number): Promise<Float32Array[]> {
    return this.#log.read(from, to);
  }

  /** The finest flows of the last step, [2B, 2, H, W] in pixels, before its update. */
  finestFlow(): Promise<Float32Array> {
    const { finestFlow } = this.#phase(this.#step - 1);
    return new Tape(this.#gpu).read(finestFlow);
  }

  /** Waits for all steps. @throws {Error} when WebGPU reported one */
  finished(): Promise<void> {
    return this.#gpu.finished();
  }

  async state(): Promise<TrainerState> {
    const gpu = this.#gpu;
    return {
      step: this.#step,
      parameters: await readStorage(gpu, this.parameters.values),
      firstMoments: await readStorage(gpu, this.#adam.firstMoments),
      secondMoments: await readStorage(gpu, this.#adam.secondMoments),
    };
  }

  /** Goes on from a state of the same network on the same kind of device. */
  restore(state: TrainerState): void {
    const { queue } = this.#gpu.device;
    const write = (buffer: GPUBuffer, data: Float32Array) =>
      queue.writeBuffer(buffer, 0, data as BufferSource);
    write(this.parameters.values.buffer!, state.parameters);
    write(this.#adam.firstMoments.buffer!, state.firstMoments);
    write(this.#adam.secondMoments.buffer!, state.secondMoments);
    this.#step = state.step;
  }
}

/**
 * Appends a whole step: losses, gradients, clip, log and update.
 * @returns the finest flows, persistent
 */
export function recordStep(
  tape: Tape,
  images: Value,
  parameters: Parameters,
  { adam, clip, log }: { adam: AdamState; clip: GradientClip; log: LossLog },
  settings: TrainerSettings,
  photometric: PhotometricSettings,
): Value {
  const { flows, quarterFlow } = pwcLite(tape, parameters, images, settings.model);
  const similarity = photometricLoss(tape, images, flows, photometric).total;
  const smooth = settings.smoothness?.(tape, { images, quarterFlow, finestFlow: flows[0] });
  const terms = [similarity, ...smooth ? [smooth.term] : []];
  const total = weightedSum(tape, terms.map((value) => ({ value, weight: 1 })));
  tape.backward(total);
  const norm = recordGradientClip(tape, parameters, clip, settings.gradientClip);
  log.record(tape, [total, similarity, smooth?.term ?? zeroScalar(tape), norm]);
  recordAdam(tape, parameters, adam, { weightDecay: settings.weightDecay, clip });
  return tape.keep(flows[0]);
}

// A new buffer holds zeros.
function zeroScalar(tape: Tape): Value {
  return tape.persistent("zero", [1, 1, 1, 1]);
}

/** A wait costs 10 ms: nothing beside a step of a CPU driver. */
function stepsInFlight({ adapter }: Gpu): number {
  return adapter.fallback ? 4 : 32;
}
