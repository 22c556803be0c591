/**
 * Runs with everything that a recipe can ask for, as the stages set them up from parameters: that they go on from a checkpoint
 * to the same bytes across all changes of the loss, and that micro-batches are one batch.
 */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { drawScenes } from "../../pipeline/pairs/scenes.ts";
import { readCheckpoint } from "../../pipeline/train/checkpoint.ts";
import type { TrainerState } from "../../pipeline/train/trainer.ts";
import { parseParams } from "../../stages/check/params.ts";
import { rampedSmoothness } from "../../stages/train/params.ts";
import { assertClose } from "../_operation.ts";
import { framesOf } from "../train/_frames.ts";
import { AUGMENTATION, LATER_LOSS, OCCLUSION_PASS, SECOND_PASS } from "../train/_groups.ts";
import { startRun } from "./_training_run.ts";

const MODEL = { width: 0.25, normaliseFeatures: true, centreInput: true };
const KEY = "0123456789abcdef".repeat(4);
const scenes = [...drawScenes(new Rng(3), { split: "train", count: 4, size: 128 })];
const committed = parseParams(Deno.readTextFileSync("params.yaml")).train;
type Params = typeof committed;

/** Changes of the loss at steps 1, 2 and 3, with both ramps going on beyond. */
const EVERYTHING: Params = {
  ...committed,
  steps: 5,
  batch: 4,
  micro_batches: 2,
  crop: [64, 128],
  learning_rate_schedule: "one_cycle",
  warmup_steps: 2,
  w_l1: 0.15,
  w_ssim: 0.85,
  w_census: 0,
  occlusion_from_step: 1,
  later_loss: { ...LATER_LOSS, occlusion: "splat" },
  w_smooth_ramp_steps: 4,
  augmentation: AUGMENTATION,
  second_pass: { ...SECOND_PASS, from_step: 2, ramp_steps: 3 },
  occlusion_pass: { ...OCCLUSION_PASS, from_step: 1, ramp_steps: 2 },
  average_decay: 0.9,
  log_every: 2,
  validate_every: 5,
  checkpoint_every: 1,
};

const newRun = (params: Params) =>
  startRun({
    name: "train",
    params,
    model: MODEL,
    weights: initialiseWeights(describePwcLite(MODEL.width), "kaiming", new Rng(1)),
    scenes: framesOf(scenes),
    validation: scenes.slice(0, 1),
    smoothness: rampedSmoothness(params),
    key: KEY,
  });

Deno.test("a run goes on from a checkpoint to the same bytes across changes of the loss, ramps, second pass and micro-batches", async () => {
  const whole = await newRun(EVERYTHING);
  const wanted = await whole.go();
  assertEquals(whole.trainer.terms.slice(4), ["second_pass_loss", "occlusion_pass_loss"]);
  assertEquals(whole.progress.lossRows.map(({ step }) => step), [2, 4, 5]);
  const again = whole.progress.lossRows.map(({ losses }) => losses[4]);
  assert(again[0] === 0 && again[1] > 0 && again[2] > 0, `${again}`);
  const hidden = whole.progress.lossRows.map(({ losses }) => losses[5]);
  assert(hidden.every((loss) => loss > 0), `${hidden}`);
  assertNotEquals(wanted.average, wanted.parameters);

  const run = {
    key: KEY,
    steps: 5,
    floats: wanted.parameters.length,
    terms: 6,
    averaged: true,
  };
  const resumed = await newRun(EVERYTHING);
  const { state, progress } = await readCheckpoint(whole.saved[1], "a", run);
  assertEquals(state.step, 2);
  resumed.trainer.restore(state);
  resumed.progress.pending.push(...progress.pending);
  resumed.progress.lossRows.push(...progress.lossRows);
  assertEquals(await resumed.go(), wanted);
  assertEquals(resumed.progress, whole.progress);
  assertEquals(resumed.saved, whole.saved.slice(2));
});

Deno.test("the micro-batches of a step are one batch: losses, gradient norm and gradients are its means", async () => {
  // Without occlusion each loss is a mean over pixels, and so the mean of those of its parts.
  const oneStep: Params = {
    ...committed,
    steps: 1,
    batch: 4,
    crop: 64,
    curriculum_start: 1,
    occlusion_from_step: 1,
    weight_decay: 0,
    gradient_clip: 1e6,
  };
  const results: { state: TrainerState; losses: readonly number[] }[] = [];
  for (const micro_batches of [1, 2, 4]) {
    const run = await newRun({ ...oneStep, micro_batches });
    const state = await run.go();
    results.push({ state, losses: run.progress.lossRows[0].losses });
  }
  const [{ state, losses }, ...parts] = results;
  for (const part of parts) {
    part.losses.forEach((loss, i) => assertAlmostEquals(loss, losses[i], 1e-5 * losses[i]));
    assertClose("first moments", part.state.firstMoments, state.firstMoments, 1e-4);
  }
});
