/** The keys that pretraining and training share: one program with two sections. */
import type { z } from "zod";
import {
  choice,
  distinct,
  integer,
  NONE,
  number,
  positive,
  seed,
  sides,
  text,
} from "../common/params/rules.ts";
import { similarity } from "../compute/photometric_params.ts";
import { sidesOf } from "./crop.ts";
import { SCHEDULES } from "./learning_rate.ts";
import { MOST_STEPS, occlusion, recipe, recipeProblems } from "./recipe_params.ts";

/** Of a curve, and of steps that wait for one: all stand in each checkpoint, whose header has its limit. */
const MOST_ROWS = 50_000;

/** Of a run that is kept: where the last one is damaged, there is one before it. */
export const FEWEST_CHECKPOINTS = 2;

export const learning = {
  seed: seed(),
  steps: integer(1, MOST_STEPS),
  batch: integer(1, 256),
  micro_batches: integer(1, 256),
  crop: sides(),
  real_share: number(0, 1),
  real_datasets: distinct(
    text("must be the name of a data set").min(1),
    "names of data sets, or all",
    1,
  ),
  curriculum_start: positive(1),
  curriculum_end: positive(1),
  learning_rate: positive(1),
  warmup_steps: integer(0, MOST_STEPS),
  learning_rate_schedule: choice(...SCHEDULES),
  decay_share: number(0, 1),
  drop_at: distinct(number(0, 1), "shares of the steps, from 0 to 1"),
  drop_factor: positive(1),
  ...similarity,
  occlusion: occlusion(),
  occlusion_from_step: integer(0, MOST_STEPS),
  gradient_clip: positive(1_000_000),
  weight_decay: number(0, 1),
  average_decay: number(0, 0.999999),
  ...recipe,
  checkpoint_every: integer(1, MOST_STEPS),
  checkpoints_kept: integer(FEWEST_CHECKPOINTS, 10_000),
  log_every: integer(1, MOST_ROWS),
  validate_every: integer(1, MOST_STEPS),
  validation: text("must be scenes or the name of a data set").min(1),
};

export type LearningParams = z.infer<z.ZodObject<typeof learning>>;

/**
 * Says what a run never comes to. Allowed: a run that is shortened for a try may end before.
 * @returns sentences
 */
export function scheduleNotices(
  { steps, occlusion_from_step, ...params }:
    & Pick<LearningParams, "steps" | "occlusion_from_step">
    & Record<"later_loss" | "second_pass" | "occlusion_pass", Begins | typeof NONE>,
): string[] {
  const never = (what: string, key: string, step: number) =>
    step < steps ? [] : [`${what}: ${key} = ${step} is not below steps = ${steps}.`];
  const groupNever = (what: string, key: keyof typeof params) => {
    const group = params[key];
    return group === NONE ? [] : never(what, `${key}.from_step`, group.from_step);
  };
  const unseen = "every pixel counts in all steps, none as occluded";
  return [
    ...never(unseen, "occlusion_from_step", occlusion_from_step),
    ...groupNever("the loss stays what it is in all steps", "later_loss"),
    ...groupNever("no step has a second pass", "second_pass"),
    ...groupNever("no step has an occlusion pass", "occlusion_pass"),
  ];
}

interface Begins {
  readonly from_step: number;
}

/** How many pairs of a batch are real ones. @param share of the batch, 0 to 1 */
export function realPairs(batch: number, share: number): number {
  return Math.round(batch * share);
}

function shortened(share: number): number {
  return Number(share.toPrecision(3));
}

/** @param name of the section @param sceneSize side of the scenes that crops are cut from @param sizeKey where it is said */
export function learningProblems(
  name: string,
  params: LearningParams,
  sceneSize: number,
  sizeKey = "preprocess.scene_size",
): string[] {
  const { steps, warmup_steps, real_share, micro_batches, crop } = params;
  const problems: string[] = recipeProblems(name, params);
  if (params.batch % micro_batches !== 0) {
    problems.push(
      `${name}.micro_batches must divide ${name}.batch = ${params.batch}, got ${micro_batches}.`,
    );
    return problems;
  }
  const batch = params.batch / micro_batches;
  if (warmup_steps > steps) {
    problems.push(
      `${name}.warmup_steps must be at most ${name}.steps = ${steps}, got ${warmup_steps}.`,
    );
  }
  for (const key of ["log_every", "validate_every"] as const) {
    const least = Math.ceil(steps / MOST_ROWS);
    if (params[key] >= least) continue;
    problems.push(
      `${name}.${key} must be at least ${least} with ${name}.steps = ${steps}, for at most ${MOST_ROWS} rows of its ` +
        `curve, got ${params[key]}.`,
    );
  }
  const real = realPairs(batch, real_share);
  if (real === 0 && real_share > 0 || real === batch && real_share < 1) {
    const lower = real === 0 ? 0 : shortened(1 - 1 / batch);
    const higher = real === 0 ? shortened(1 / batch) : 1;
    problems.push(
      `${name}.real_share must give whole pairs of ${
        micro_batches > 1 ? "a micro-batch" : `${name}.batch`
      } = ${batch}, got ${real_share}, which rounds to ` +
        `${
          real === 0 ? "no real pair" : "no scene"
        }. The nearest that do are ${lower} and ${higher}.`,
    );
  }
  const { height, width } = sidesOf(crop);
  const longest = Math.max(height, width);
  if (real_share < 1 && longest > sceneSize) {
    problems.push(
      `${name}.crop must be at most ${sizeKey} = ${sceneSize}, got ${longest}.`,
    );
  }
  return problems;
}
