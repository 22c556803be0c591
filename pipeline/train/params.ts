/** The keys that pretraining and training share: one program with two sections. */
import type { z } from "zod";
import {
  choice,
  distinct,
  integer,
  number,
  positive,
  seed,
  side,
  text,
} from "../common/params/rules.ts";
import { similarity } from "../compute/photometric_params.ts";

/** Of a curve, and of steps that wait for one: all stand in each checkpoint, whose header has its limit. */
const MOST_ROWS = 50_000;

export const learning = {
  seed: seed(),
  steps: integer(1, 10_000_000),
  batch: integer(1, 256),
  crop: side(),
  real_share: number(0, 1),
  real_datasets: distinct(
    text("must be the name of a data set").min(1),
    "names of data sets, or all",
    1,
  ),
  curriculum_start: positive(1),
  curriculum_end: positive(1),
  learning_rate: positive(1),
  warmup_steps: integer(0, 10_000_000),
  decay_share: number(0, 1),
  ...similarity,
  occlusion: choice("splat", "forward_backward"),
  occlusion_from_step: integer(0, 10_000_000),
  gradient_clip: positive(1_000_000),
  weight_decay: number(0, 1),
  checkpoint_every: integer(1, 10_000_000),
  log_every: integer(1, MOST_ROWS),
  validate_every: integer(1, 10_000_000),
  validation: text("must be scenes or the name of a data set").min(1),
};

export type LearningParams = z.infer<z.ZodObject<typeof learning>>;

/**
 * Says that occluded pixels are never left out. Allowed: a run that is shortened for a try may end before that.
 * @returns a sentence; undefined where they are, from some step on
 */
export function occlusionNotice(
  { steps, occlusion_from_step }: Pick<LearningParams, "steps" | "occlusion_from_step">,
): string | undefined {
  if (occlusion_from_step < steps) return undefined;
  return `every pixel counts in all steps, none as occluded: occlusion_from_step = ${occlusion_from_step} is not ` +
    `below steps = ${steps}.`;
}

/** How many pairs of a batch are real ones. @param share of the batch, 0 to 1 */
export function realPairs(batch: number, share: number): number {
  return Math.round(batch * share);
}

function shortened(share: number): number {
  return Number(share.toPrecision(3));
}

/** @param name of the section @param sceneSize side of the scenes that crops are cut from */
export function learningProblems(
  name: string,
  params: LearningParams,
  sceneSize: number,
): string[] {
  const { steps, warmup_steps, real_share, batch, crop } = params;
  const problems: string[] = [];
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
      `${name}.real_share must give whole pairs of ${name}.batch = ${batch}, got ${real_share}, which rounds to ` +
        `${
          real === 0 ? "no real pair" : "no scene"
        }. The nearest that do are ${lower} and ${higher}.`,
    );
  }
  if (real_share < 1 && crop > sceneSize) {
    problems.push(
      `${name}.crop must be at most preprocess.scene_size = ${sceneSize}, got ${crop}.`,
    );
  }
  return problems;
}
