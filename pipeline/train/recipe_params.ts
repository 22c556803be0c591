/** Groups of keys that both training stages have: what the loss becomes, how pictures change, and the second pass. */
import type { z } from "zod";
import { choice, flag, integer, number, positive, section, sides } from "../common/params/rules.ts";
import { similarity, similarityOf } from "../compute/photometric_params.ts";
import type { SecondPassSettings } from "../compute/ops/second_pass_loss.ts";
import { type AugmentationSettings, changesNothing } from "./augmentation.ts";
import { type Crop, sidesOf } from "./crop.ts";
import type { PhaseSettings } from "./phases.ts";
import type { OcclusionPassSettings } from "./step.ts";
import type { TransformSettings } from "./transforms.ts";

/** Of steps. */
export const MOST_STEPS = 10_000_000;
export const occlusion = () => choice("splat", "forward_backward");

export const recipe = {
  later_loss: section({ from_step: integer(0, MOST_STEPS), ...similarity, occlusion: occlusion() }),
  augmentation: section({
    passes: choice("both", "second"),
    brightness: number(0, 1),
    contrast: number(0, 1),
    saturation: number(0, 1),
    hue: number(0, 0.5),
    gamma: number(0, 10),
    blur: number(0, 1.5),
    noise: number(0, 1),
  }),
  second_pass: section({
    w_ar: number(0, 1000),
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
  occlusion_pass: section({
    w_ot: number(0, 1000),
    from_step: integer(0, MOST_STEPS),
    ramp_steps: integer(0, MOST_STEPS),
    crop: sides(),
    superpixel_px: integer(2, 1000),
    noise_share: number(0, 1),
  }),
};

export type RecipeParams = z.infer<z.ZodObject<typeof recipe>>;

/** Undefined where the loss stays what it is. */
export function laterLossOf({ later_loss }: RecipeParams): PhaseSettings["laterLoss"] {
  const { from_step: fromStep, occlusion } = later_loss;
  if (fromStep === 0) return undefined;
  return { fromStep, photometric: { ...similarityOf(later_loss), occlusion } };
}

/** Undefined where no look changes. */
export function augmentationOf({ augmentation }: RecipeParams): AugmentationSettings | undefined {
  const { passes: _, ...largest } = augmentation;
  return changesNothing(largest) ? undefined : largest;
}

/** Undefined for training without a second pass. */
export function secondPassOf(
  { second_pass: params }: RecipeParams,
): SecondPassSettings & TransformSettings & { weight: number; noise: number } | undefined {
  if (params.w_ar === 0) return undefined;
  return {
    weight: params.w_ar,
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
  { occlusion_pass: params, second_pass: { epsilon, exponent } }: RecipeParams,
): OcclusionPassSettings | undefined {
  if (params.w_ot === 0) return undefined;
  return {
    weight: params.w_ot,
    epsilon,
    exponent,
    ...sidesOf(params.crop),
    spacing: params.superpixel_px,
    share: params.noise_share,
  };
}

/** What does not go together. @param name of the section */
export function recipeProblems(name: string, params: RecipeParams & { crop: Crop }): string[] {
  const { later_loss: later, augmentation, second_pass: second, occlusion_pass: hidden } = params;
  const problems: string[] = [];
  if (later.from_step > 0 && later.w_l1 + later.w_ssim + later.w_census === 0) {
    problems.push(
      `${name}.later_loss.w_l1, w_ssim and w_census must not all be 0: nothing would be learned from step ${later.from_step} on.`,
    );
  }
  const onlyOnce = second.w_ar === 0 && hidden.w_ot === 0;
  if (augmentation.passes === "second" && onlyOnce && augmentationOf(params)) {
    problems.push(
      `${name}.augmentation.passes must be both, got "second": there is no second pass, since ${name}.second_pass.w_ar and occlusion_pass.w_ot are 0.`,
    );
  }
  if (second.zoom_least > second.zoom_most) {
    problems.push(
      `${name}.second_pass.zoom_least must be at most zoom_most = ${second.zoom_most}, got ${second.zoom_least}.`,
    );
  }
  if (!onlyOnce && second.exponent < 1 && second.epsilon === 0) {
    problems.push(
      `${name}.second_pass.epsilon must be greater than 0 where exponent is below 1, got 0: ` +
        `the gradient of small differences would grow without bound.`,
    );
  }
  const whole = sidesOf(params.crop), part = sidesOf(hidden.crop);
  if (hidden.w_ot > 0 && (part.height > whole.height || part.width > whole.width)) {
    problems.push(
      `${name}.occlusion_pass.crop must be at most ${name}.crop = ${whole.height}x${whole.width}, ` +
        `got ${part.height}x${part.width}.`,
    );
  }
  return problems;
}
