/** Groups of keys that both training stages have, each of which may be none: what the loss becomes, how pictures change, and other passes. */
import type { z } from "zod";
import {
  choice,
  flag,
  groupOrNone,
  integer,
  NONE,
  number,
  positive,
  sides,
} from "../common/params/rules.ts";
import { similarity, similarityOf } from "../compute/photometric_params.ts";
import type { SecondPassSettings } from "../compute/ops/second_pass_loss.ts";
import { type AugmentationSettings, changesNothing } from "./augmentation.ts";
import { type Crop, sidesOf } from "./crop.ts";
import type { PhaseSettings, Ramp } from "./phases.ts";
import type { OcclusionPassSettings } from "./step.ts";
import type { TransformSettings } from "./transforms.ts";

/** Of steps. */
export const MOST_STEPS = 10_000_000;
export const occlusion = () => choice("splat", "forward_backward");

export const recipe = {
  later_loss: groupOrNone({
    from_step: integer(1, MOST_STEPS),
    ...similarity,
    occlusion: occlusion(),
  }),
  augmentation: groupOrNone({
    passes: choice("both", "second"),
    brightness: number(0, 1),
    contrast: number(0, 1),
    saturation: number(0, 1),
    hue: number(0, 0.5),
    gamma: number(0, 10),
    blur: number(0, 1.5),
    noise: number(0, 1),
  }),
  second_pass: groupOrNone({
    w_ar: positive(1000),
    from_step: integer(0, MOST_STEPS),
    ramp_steps: integer(0, MOST_STEPS),
    epsilon: number(0, 10),
    exponent: positive(10),
    zoom_least: number(0.1, 10),
    zoom_most: number(0.1, 10),
    rotation_degrees: number(0, 180),
    translation: number(0, 1),
    mirror: flag(),
    relative_zoom: number(0, 0.5),
    relative_rotation_degrees: number(0, 180),
    relative_translation: number(0, 1),
    noise: number(0, 1),
  }),
  occlusion_pass: groupOrNone({
    w_ot: positive(1000),
    from_step: integer(0, MOST_STEPS),
    ramp_steps: integer(0, MOST_STEPS),
    epsilon: number(0, 10),
    exponent: positive(10),
    crop: sides(),
    superpixel_px: integer(2, 1000),
    noise_share: number(0, 1),
  }),
};

export type RecipeParams = z.infer<z.ZodObject<typeof recipe>>;

/** Undefined where the loss stays what it is. */
export function laterLossOf({ later_loss: params }: RecipeParams): PhaseSettings["laterLoss"] {
  if (params === NONE) return undefined;
  const { from_step: fromStep, occlusion } = params;
  return { fromStep, photometric: { ...similarityOf(params), occlusion } };
}

/** Undefined where no look changes. */
export function augmentationOf(
  { augmentation: params }: RecipeParams,
): { largest: AugmentationSettings; passes: "both" | "second" } | undefined {
  if (params === NONE) return undefined;
  const { passes, ...largest } = params;
  return changesNothing(largest) ? undefined : { largest, passes };
}

/** Undefined for training without a second pass. */
export function secondPassOf(
  { second_pass: params }: RecipeParams,
): SecondPassSettings & TransformSettings & Ramp & { weight: number; noise: number } | undefined {
  if (params === NONE) return undefined;
  return {
    weight: params.w_ar,
    fromStep: params.from_step,
    rampSteps: params.ramp_steps,
    epsilon: params.epsilon,
    exponent: params.exponent,
    zoomLeast: params.zoom_least,
    zoomMost: params.zoom_most,
    rotationDegrees: params.rotation_degrees,
    translation: params.translation,
    mirror: params.mirror,
    relativeZoom: params.relative_zoom,
    relativeRotationDegrees: params.relative_rotation_degrees,
    relativeTranslation: params.relative_translation,
    noise: params.noise,
  };
}

/** Undefined for training without an occlusion pass. */
export function occlusionPassOf(
  { occlusion_pass: params }: RecipeParams,
): OcclusionPassSettings & Ramp | undefined {
  if (params === NONE) return undefined;
  return {
    weight: params.w_ot,
    fromStep: params.from_step,
    rampSteps: params.ramp_steps,
    epsilon: params.epsilon,
    exponent: params.exponent,
    ...sidesOf(params.crop),
    spacing: params.superpixel_px,
    share: params.noise_share,
  };
}

/** What does not go together. @param name of the section */
export function recipeProblems(name: string, params: RecipeParams & { crop: Crop }): string[] {
  const { later_loss: later, second_pass: second, occlusion_pass: hidden } = params;
  const problems: string[] = [];
  if (later !== NONE && later.w_l1 + later.w_ssim + later.w_census === 0) {
    problems.push(
      `${name}.later_loss.w_l1, w_ssim and w_census must not all be 0: nothing would be learned from step ${later.from_step} on.`,
    );
  }
  if (augmentationOf(params)?.passes === "second" && second === NONE && hidden === NONE) {
    problems.push(
      `${name}.augmentation.passes must be both, got "second": ${name}.second_pass and occlusion_pass are none.`,
    );
  }
  if (second !== NONE && second.zoom_least > second.zoom_most) {
    problems.push(
      `${name}.second_pass.zoom_least must be at most zoom_most = ${second.zoom_most}, got ${second.zoom_least}.`,
    );
  }
  for (const [key, pass] of [["second_pass", second], ["occlusion_pass", hidden]] as const) {
    if (pass === NONE || pass.exponent >= 1 || pass.epsilon > 0) continue;
    problems.push(
      `${name}.${key}.epsilon must be greater than 0 where exponent is below 1, got 0: ` +
        `the gradient of small differences would grow without bound.`,
    );
  }
  if (hidden === NONE) return problems;
  const whole = sidesOf(params.crop), part = sidesOf(hidden.crop);
  if (part.height > whole.height || part.width > whole.width) {
    problems.push(
      `${name}.occlusion_pass.crop must be at most ${name}.crop = ${whole.height}x${whole.width}, ` +
        `got ${part.height}x${part.width}.`,
    );
  }
  return problems;
}
