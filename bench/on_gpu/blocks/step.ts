/** Our training step at all sizes, by the tracked plan and by the one that this run has measured, and where its time goes. */
import { median } from "simple-statistics";
import { Gpu, TooLargeError } from "../../../pipeline/compute/gpu/device.ts";
import type { KernelPlan } from "../../../pipeline/compute/gpu/plan.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { LOSS_TERMS } from "../../../pipeline/train/parts.ts";
import { Trainer } from "../../../pipeline/train/trainer.ts";
import { byKernel, timeDispatches } from "../../_profile.ts";
import { recordTrainingStep } from "../../_recording.ts";
import {
  initialWeights,
  LEARNING_RATE,
  packedNoise,
  sizeName,
  stepSettings,
  type StepSize,
} from "../../_step.ts";
import { CORRELATIONS, STEP_TOLERANCES } from "../../peers/contests.ts";
import { type BlockContext, shareOf } from "../context.ts";
import { runsFor, STEP_SIZES, TINY_SIZES } from "../sizes.ts";
import { measuredPlan } from "./plan.ts";
import { torchFact } from "./pytorch.ts";

const READING_MS = 1000, READINGS = 5, MOST_STEPS = 50;
/** Kernels of the table, and the rounds that it is the median of. */
const TOP = 25, ROUNDS = 5;

/** @throws {Error} when PyTorch has other losses for the same weights and pictures */
export async function measureSteps(context: BlockContext): Promise<void> {
  const sizes = context.tiny ? TINY_SIZES : STEP_SIZES;
  const first = await context.openGpu();
  const plan = await measuredPlan(context, first);
  first.destroy();
  const plans = [undefined, ...plan ? [plan] : []];
  const entries = sizes.flatMap((size) => plans.map((measured) => ({ size, measured })));
  const timed = context.forEach(
    entries,
    ({ size, measured }) => `${sizeName(size)}, plan ${planName(measured)}`,
    async ({ size, measured }) => {
      // A device for each, so that one that was lost, or its memory, is nobody else's.
      const opened = await context.openGpu();
      try {
        const { device, adapter } = opened;
        const gpu = measured ? new Gpu(device, adapter, measured) : opened;
        await timeStep(context, gpu, size, planName(measured));
      } catch (error) {
        if (!(error instanceof TooLargeError)) throw error;
        context.note(`${sizeName(size)} does not fit: ${error.message}`);
      } finally {
        opened.destroy();
      }
    },
  );
  try {
    await timed;
  } finally {
    await profileStep(context, sizes[0]);
  }
}

const planName = (measured: KernelPlan | undefined) => measured ? "measured here" : "tracked";

/** @throws {Error} when PyTorch has another loss */
async function timeStep(
  context: BlockContext,
  gpu: Gpu,
  size: StepSize,
  plan: string,
): Promise<void> {
  const settings = stepSettings(size);
  const started = performance.now();
  const trainer = await Trainer.create(gpu, initialWeights(size.width), settings);
  new Tape(gpu).writePacked(trainer.images, packedNoise(settings.images));
  const run = async (count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) trainer.run(LEARNING_RATE);
    await trainer.finished();
    return (performance.now() - start) / count;
  };
  await run(1);
  const first = performance.now() - started;
  const [losses] = await trainer.losses(0, 1);
  const loss = losses[LOSS_TERMS.indexOf("total_loss")];
  const count = runsFor(await run(1), READING_MS, MOST_STEPS);
  const times: number[] = [];
  for (let i = 0; i < (context.tiny ? 1 : READINGS); i++) times.push(await run(count));
  const step = sizeName(size), milliseconds = median(times);
  const ratios = CORRELATIONS.map((correlation) => {
    const theirs = context.known(torchFact(step, correlation));
    return [`ours / PyTorch ${correlation}`, theirs ? milliseconds / theirs : ""];
  });
  context.row("steps", {
    step,
    plan,
    "ms a step": milliseconds,
    fastest: Math.min(...times),
    "steps a wait": count,
    dispatches: trainer.dispatches,
    "of them wait": trainer.lastProgram.waits,
    "device GB": trainer.deviceBytes / 1e9,
    "first step s": first / 1000,
    ...Object.fromEntries(ratios),
  });
  const theirs = context.known(`loss of PyTorch, ${step}`) ?? loss;
  // Not a number exceeds every tolerance.
  if (Math.abs(loss - theirs) <= STEP_TOLERANCES.total_loss * Math.abs(theirs)) return;
  throw new Error(`the loss is ${loss}, of PyTorch on the same numbers ${theirs}.`);
}

async function profileStep(context: BlockContext, size: StepSize): Promise<void> {
  if (context.secondsLeft < 0) return context.note("Out of time: no kernels by themselves.");
  const gpu = await context.openGpu();
  try {
    const { dispatches, flat, finish } = recordTrainingStep(gpu, size);
    const times = await timeDispatches(gpu, await finish(), context.tiny ? 1 : ROUNDS);
    const rows = byKernel(dispatches, flat, times);
    const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    context.note(
      `All kernels of ${sizeName(size)} by themselves, plan tracked: ${total.toFixed(2)} ms; ` +
        `the ${Math.min(TOP, rows.length)} slowest of ${rows.length} below.`,
    );
    for (const { kernel, dispatches, milliseconds, gigaflop, gigabytes } of rows.slice(0, TOP)) {
      const [work, traffic] = [gigaflop, gigabytes].map((amount) =>
        amount === undefined ? undefined : 1e3 * amount / milliseconds
      );
      context.row("kernels of a step", {
        kernel,
        dispatches,
        ms: milliseconds,
        "GFLOP/s": work ?? "",
        "share of GFLOP/s": work === undefined ? "" : shareOf(work, context.known("gigaflops")),
        "GB/s": traffic!,
        "share of GB/s": shareOf(traffic!, context.known("gigabytesPerSecond")),
      });
    }
  } finally {
    gpu.destroy();
  }
}
