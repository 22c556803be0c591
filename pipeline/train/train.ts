/**
 * The training loop: batches, learning rate, log, validation, checkpoints. Files, signals and the terminal belong to the
 * caller, who hands in hooks; the same run with the same hooks gives the same values, also when it was interrupted.
 */
import type { FramePair } from "../common/io/pair.ts";
import { DatasetScores, PairScorer, truthOf } from "../score/metrics.ts";
import type { Predictor } from "../compute/network/predict.ts";
import type { Batches } from "./batches.ts";
import { learningRateAt, type LearningRateSettings } from "./learning_rate.ts";
import type { Trainer, TrainerState } from "./trainer.ts";

export interface TrainSettings extends LearningRateSettings {
  readonly logEvery: number;
  readonly validateEvery: number;
  readonly checkpointEvery: number;
  /** Named when a loss is not finite. */
  readonly seed: number;
}

/** One row of the loss curve: mean over the steps since the row before. */
export interface LossRow {
  readonly step: number;
  readonly losses: readonly number[];
  readonly learningRate: number;
}

export interface ValidationRow {
  readonly step: number;
  readonly epe: number;
  /** Absent where no pixel is occluded. */
  readonly epeOccluded?: number;
}

export interface TrainProgress {
  /** Losses of the steps since the last row, in the columns of the trainer's terms. */
  readonly pending: number[][];
  readonly lossRows: LossRow[];
  readonly validationRows: ValidationRow[];
}

export interface TrainHooks {
  /** After each logged interval. */
  log?(row: LossRow): void;
  /** After each step was submitted. */
  step?(done: number): void;
  /** Saves what a resumed run needs. */
  checkpoint(state: TrainerState, progress: TrainProgress): Promise<void>;
  /** True when the run must save and stop. */
  interrupted(): boolean;
}

export interface TrainOptions {
  readonly batches: Batches;
  /** Pairs with truth that the curve of validation is made of. */
  readonly validation: readonly FramePair[];
  /** Of the trainer's result. */
  readonly predictor: Predictor;
  readonly settings: TrainSettings;
  /** The rows so far; appended to. */
  readonly progress: TrainProgress;
  readonly hooks: TrainHooks;
}

/**
 * Runs the trainer from where it is to the last step.
 * @returns false when it was interrupted, after a checkpoint
 * @throws {Error} at the first loss that is not finite, with step, term and how to repeat it; before the first step when a
 *   pair of validation has no true flow
 */
export async function train(
  trainer: Trainer,
  { batches, validation, predictor, settings, progress, hooks }: TrainOptions,
): Promise<boolean> {
  const scored = validation.map((pair) => ({ pair, scorer: new PairScorer(truthOf(pair)) }));
  const { steps, validateEvery, checkpointEvery } = settings;
  const due = (every: number) => trainer.step % every === 0 || trainer.step === steps;
  while (trainer.step < steps) {
    const { step, microBatches } = trainer;
    for (let run = step * microBatches; run < (step + 1) * microBatches; run++) {
      await batches.submit(run);
      trainer.run(learningRateAt(step, settings));
    }
    const stop = hooks.interrupted();
    const save = due(checkpointEvery) && trainer.step < steps;
    // The queue must not grow without bound, and Ctrl-C should not wait for long. To read losses empties the queue, so it is
    // done where that happens anyway.
    if (due(trainer.stepsInFlight) || save || stop) {
      await collectLosses(trainer, batches, settings.seed, progress);
      for (const row of takeRows(progress, settings)) hooks.log?.(row);
    }
    if (due(validateEvery)) {
      progress.validationRows.push({
        step: trainer.step,
        ...await validate(predictor, scored),
      });
    }
    hooks.step?.(trainer.step);
    if (save || stop) await hooks.checkpoint(await trainer.state(), progress);
    if (stop) return false;
  }
  return true;
}

/** Moves the pending losses of whole intervals to the rows of the curve, and says which rows are new. */
function takeRows({ pending, lossRows }: TrainProgress, settings: TrainSettings): LossRow[] {
  const { steps, logEvery } = settings;
  const rows: LossRow[] = [];
  for (;;) {
    const from = lossRows.at(-1)?.step ?? 0;
    const step = Math.min(steps, (Math.floor(from / logEvery) + 1) * logEvery);
    if (step === from || from + pending.length < step) return rows;
    const interval = pending.splice(0, step - from);
    const losses = interval[0].map((_, term) =>
      interval.reduce((sum, row) => sum + row[term], 0) / interval.length
    );
    const row = { step, losses, learningRate: learningRateAt(step - 1, settings) };
    lossRows.push(row);
    rows.push(row);
  }
}

/** Moves the losses that are still on the device to the pending ones. @throws {Error} at one that is not finite */
async function collectLosses(
  trainer: Trainer,
  batches: Batches,
  seed: number,
  { pending, lossRows }: TrainProgress,
): Promise<void> {
  const from = (lossRows.at(-1)?.step ?? 0) + pending.length;
  for (const [index, row] of (await trainer.losses(from, trainer.step)).entries()) {
    const term = row.findIndex((value) => !Number.isFinite(value));
    if (term >= 0) {
      const step = from + index, { microBatches } = trainer;
      const runs = Array.from({ length: microBatches }, (_, i) => step * microBatches + i);
      const pairs = runs.flatMap((run) => batches.names(run)).join(", ");
      throw new Error(
        `The loss is not finite: ${trainer.terms[term]} = ${row[term]} at step ${step} ` +
          `(seed ${seed}, pairs ${pairs}). The same seed repeats it. ` +
          `Lower the learning rate or gradient_clip, or look at these pairs.`,
      );
    }
    pending.push([...row]);
  }
}

async function validate(
  predictor: Predictor,
  scored: readonly { pair: FramePair; scorer: PairScorer }[],
): Promise<{ epe: number; epeOccluded?: number }> {
  const scores = new DatasetScores();
  for (const { pair: { frame1, frame2, width, height }, scorer } of scored) {
    const { forward } = await predictor.predict(frame1, frame2, width, height);
    scores.add(scorer.tally(forward));
  }
  const { epe_px, epe_occ_px } = scores.scores();
  return { epe: epe_px, epeOccluded: epe_occ_px };
}
