/** The training loop on scenes of 64 px: resuming, stopping, the learning rate, and that training learns. */
import { assert, assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { drawScenes } from "../../pipeline/pairs/scenes.ts";
import { type Gpu, openGpu } from "../../pipeline/compute/gpu/device.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { smoothnessLoss } from "../../pipeline/smoothness/loss.ts";
import { Batches } from "../../pipeline/train/batches.ts";
import { Sampler } from "../../pipeline/train/sampler.ts";
import { Trainer, type TrainerState } from "../../pipeline/train/trainer.ts";
import { train, type TrainHooks, type TrainProgress } from "../../pipeline/train/train.ts";
import { testGpu } from "../_adapter.ts";
import { framesOf } from "./_frames.ts";

const MODEL = { width: 0.25, normaliseFeatures: true, centreInput: true };
const UNROLLED = smoothnessLoss({
  smoothness: "unrolled",
  unrollIterations: 1,
  rho: 0.1,
  lambda: 0.1,
  eta: 1,
  edgeAlpha: 3,
  order: "1st",
  border: "zero",
  stopGradient: false,
  wSmooth: 1,
});
const PHOTOMETRIC = { wL1: 0.15, wSsim: 0.85, wCensus: 0 };
const scenes = [...drawScenes(new Rng(3), { split: "train", count: 4, size: 64 })];

async function newRun(pairs: readonly FramePair[] = scenes, opened?: Gpu) {
  const gpu = opened ?? await testGpu();
  const weights = initialiseWeights(describePwcLite(MODEL.width), "kaiming", new Rng(1));
  const trainer = await Trainer.create(gpu, weights, {
    model: MODEL,
    images: [4, 3, 64, 64],
    phases: [
      { fromStep: 0, photometric: { ...PHOTOMETRIC, occlusion: "none" } },
      { fromStep: 3, photometric: { ...PHOTOMETRIC, occlusion: "splat" } },
    ],
    smoothness: UNROLLED,
    gradientClip: 1,
    weightDecay: 1e-6,
  });
  const settings = { batch: 2, height: 64, width: 64, realShare: 0 };
  const sampler = new Sampler(framesOf(pairs), undefined, settings, new Rng(2));
  const batches = await Batches.create(gpu, sampler, trainer.images);
  const progress: TrainProgress = { pending: [], lossRows: [], validationRows: [] };
  const saved: TrainerState[] = [];
  const go = (steps: number, hooks: Partial<TrainHooks> = {}, validation = scenes.slice(0, 1)) =>
    train(trainer, {
      batches,
      validation,
      predictor: new Predictor(gpu, trainer.parameters, MODEL),
      settings: {
        steps,
        learningRate: 0.002,
        warmupSteps: 2,
        schedule: "constant",
        decayShare: 0,
        dropAt: [],
        dropFactor: 1,
        logEvery: 2,
        validateEvery: 4,
        checkpointEvery: 4,
        seed: 1,
      },
      progress,
      hooks: {
        checkpoint: (state) => Promise.resolve(void saved.push(state)),
        interrupted: () => false,
        ...hooks,
      },
    });
  return { trainer, progress, saved, go };
}

Deno.test("train() goes on from a checkpoint to the same bytes", async () => {
  const whole = await newRun();
  assert(await whole.go(8));
  assertEquals(whole.saved.map(({ step }) => step), [4]);

  const resumed = await newRun();
  resumed.trainer.restore(whole.saved[0]);
  resumed.progress.lossRows.push(...whole.progress.lossRows.slice(0, 2));
  resumed.progress.validationRows.push(whole.progress.validationRows[0]);
  assert(await resumed.go(8));
  assertEquals(await resumed.trainer.state(), await whole.trainer.state());
  assertEquals(resumed.progress, whole.progress);
  assertEquals(whole.progress.lossRows.map(({ step }) => step), [2, 4, 6, 8]);
  assertEquals(whole.progress.validationRows.map(({ step }) => step), [4, 8]);
});

Deno.test("train() saves and stops when it is interrupted", async () => {
  const run = await newRun();
  let steps = 0;
  assertEquals(
    await run.go(8, { step: (done) => steps = done, interrupted: () => steps === 2 }),
    false,
  );
  assertEquals(run.saved.map(({ step }) => step), [3]);
});

Deno.test("train() stops at a loss that is not finite, naming step, term, seed and pairs", async () => {
  const bad: FramePair = { ...scenes[0], name: "scene_bad" };
  // A picture can hold no NaN, so the weights start with one.
  const run = await newRun([bad, bad]);
  const state = await run.trainer.state();
  state.parameters[0] = NaN;
  run.trainer.restore(state);
  await assertRejects(
    () => run.go(8),
    Error,
    "total_loss = NaN at step 0 (seed 1, pairs scene_bad, scene_bad)",
  );
});

Deno.test("train() names a pair of validation without true flow before its first step", async () => {
  const { flow: _, ...blind } = scenes[1];
  const run = await newRun();
  await assertRejects(
    () => run.go(8, {}, [scenes[0], blind]),
    Error,
    `Cannot score pair ${blind.name} of scenes: it has no true flow. Leave data without truth out`,
  );
  assertEquals(run.trainer.step, 0);
});

Deno.test("train() ends with the loss of the device, not with what follows from it", async () => {
  const gpu = await openGpu();
  const run = await newRun(scenes, gpu);
  await assertRejects(
    () => run.go(8, { step: (done) => done === 3 && gpu.device.destroy() }),
    Error,
    `The device was lost: ${gpu.adapter.description} (reason: destroyed;`,
  );
});

Deno.test("train() learns: forty steps lower the loss by a twentieth", async () => {
  const run = await newRun();
  assert(await run.go(40));
  const losses = run.progress.lossRows.map(({ losses: [total] }) => total);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  assertLess(mean(losses.slice(-5)), 0.95 * mean(losses.slice(0, 5)));
  assertGreater(Math.min(...losses), 0);
});
