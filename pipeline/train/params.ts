/** The keys that pretraining and training share: one program with two sections. */
import type { z } from "zod";
import { choice, integer, number, positive, seed, side } from "../common/params/rules.ts";
import { similarity } from "../compute/photometric_params.ts";

export const learning = {
  seed: seed(),
  steps: integer(1, 10_000_000),
  batch: integer(1, 256),
  crop: side(),
  real_share: number(0, 1),
  learning_rate: positive(1),
  warmup_steps: integer(0, 10_000_000),
  decay_share: number(0, 1),
  ...similarity,
  occlusion: choice("splat", "forward_backward"),
  occlusion_from_step: integer(0, 10_000_000),
  gradient_clip: positive(1_000_000),
  weight_decay: number(0, 1),
  checkpoint_every: integer(1, 10_000_000),
  log_every: integer(1, 1_000_000),
  validate_every: integer(1, 10_000_000),
};

export type LearningParams = z.infer<z.ZodObject<typeof learning>>;

/** @param name of the section @param sceneSize side of the scenes that crops are cut from */
export function learningProblems(
  name: string,
  params: LearningParams,
  sceneSize: number,
): string[] {
  const { steps, warmup_steps, real_share, crop } = params;
  const problems: string[] = [];
  if (warmup_steps > steps) {
    problems.push(
      `${name}.warmup_steps must be at most ${name}.steps = ${steps}, got ${warmup_steps}.`,
    );
  }
  if (real_share < 1 && crop > sceneSize) {
    problems.push(
      `${name}.crop must be at most preprocess.scene_size = ${sceneSize}, got ${crop}.`,
    );
  }
  return problems;
}
