/** The time of a training step against one of its sizes, the others fixed: all of a curve in turns, the least of some rounds. */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { Trainer } from "../../pipeline/train/trainer.ts";
import { now } from "../_clock.ts";
import { timeDispatches } from "../_profile.ts";
import { recordTrainingStep } from "../_recording.ts";
import {
  initialWeights,
  LEARNING_RATE,
  packedNoise,
  stepSettings,
  type StepSize,
} from "../_step.ts";

/** Milliseconds of a turn, and the most steps of it. */
const TURN_MS = 300, MOST_STEPS = 20;

export interface Point {
  readonly value: number;
  readonly milliseconds: number;
}

export interface Curve {
  readonly name: string;
  /** What a value counts. */
  readonly unit: string;
  readonly points: readonly Point[];
}

/** What can be varied, and to what, around the size that is asked for. */
export const VARIED = {
  batch: {
    unit: "pairs",
    values: [1, 2, 4, 8],
    size: (base: StepSize, batch: number) => ({ ...base, batch }),
  },
  pixels: {
    unit: "pixels of a crop",
    values: [64 * 64, 64 * 128, 128 * 128, 128 * 192],
    size: (base: StepSize, pixels: number) => ({ ...base, crop: cropOf(pixels) }),
  },
  width: {
    unit: "times the channels",
    values: [0.25, 0.5, 1],
    size: (base: StepSize, width: number) => ({ ...base, width }),
  },
} as const;

const CROPS: readonly (readonly [number, number])[] = [[64, 64], [64, 128], [128, 128], [128, 192]];

function cropOf(pixels: number): readonly [number, number] {
  return CROPS.find(([height, width]) => height * width === pixels)!;
}

/** @param rounds turns of each size */
export async function timeCurve(
  gpu: Gpu,
  name: keyof typeof VARIED,
  base: StepSize,
  rounds: number,
): Promise<Curve> {
  const { unit, values, size } = VARIED[name];
  const turns: { value: number; trainer: Trainer; steps: number; best: number }[] = [];
  for (const value of values) {
    const trainer = await openTrainer(gpu, size(base, value));
    const steps = Math.min(
      MOST_STEPS,
      Math.max(1, Math.round(TURN_MS / await run(gpu, trainer, 1))),
    );
    turns.push({ value, trainer, steps, best: Infinity });
  }
  for (let round = 0; round < rounds; round++) {
    for (const turn of turns) {
      turn.best = Math.min(turn.best, await run(gpu, turn.trainer, turn.steps));
    }
  }
  return {
    name,
    unit,
    points: turns.map(({ value, best }) => ({ value, milliseconds: best })),
  };
}

async function run(gpu: Gpu, trainer: Trainer, steps: number): Promise<number> {
  const start = now(gpu);
  for (let i = 0; i < steps; i++) trainer.run(LEARNING_RATE);
  await trainer.finished();
  return (now(gpu) - start) / steps;
}

async function openTrainer(gpu: Gpu, size: StepSize): Promise<Trainer> {
  const settings = stepSettings(size);
  const trainer = await Trainer.create(gpu, initialWeights(size.width), settings);
  new Tape(gpu).writePacked(trainer.images, packedNoise(settings.images));
  await run(gpu, trainer, 1);
  return trainer;
}

/** Milliseconds of a step by the wall clock, the least of some rounds. */
export async function fastestStep(gpu: Gpu, size: StepSize, rounds: number): Promise<number> {
  const trainer = await openTrainer(gpu, size);
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await run(gpu, trainer, MOST_STEPS);
    best = Math.min(best, (performance.now() - start) / MOST_STEPS);
  }
  return best;
}

export interface IterationRow {
  /** T. */
  readonly iterations: number;
  /** Milliseconds of the kernels of the unrolled cost. */
  readonly cost: number;
  /** Of all kernels of the step. */
  readonly step: number;
}

const ITERATIONS: readonly number[] = [1, 2, 4, 8];

/** Kernels between timestamps: a whole step would drown a thousandth of it in noise. */
export async function timeIterations(
  gpu: Gpu,
  base: StepSize,
  rounds: number,
): Promise<IterationRow[]> {
  const rows: IterationRow[] = [];
  for (const iterations of ITERATIONS) {
    const { dispatches, finish } = recordTrainingStep(gpu, base, { iterations });
    const times = await timeDispatches(gpu, await finish(), rounds);
    const sum = (which: (index: number) => boolean) =>
      times.reduce((total, time, index) => which(index) ? total + time : total, 0);
    rows.push({
      iterations,
      cost: sum((index) => dispatches[index].kernel.label === "unrolled_cost"),
      step: sum(() => true),
    });
  }
  return rows;
}

/** What each iteration beyond the first adds, as a part of the step with one. */
export function shareOfIteration(rows: readonly IterationRow[]): number {
  const first = rows[0], last = rows.at(-1)!;
  return (last.cost - first.cost) / (last.iterations - first.iterations) / first.step;
}
