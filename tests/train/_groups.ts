/** The groups of a recipe, whole: params.yaml as it is committed has none of them. */
import { parseDocument } from "yaml";
import type { RecipeParams } from "../../pipeline/train/recipe_params.ts";
import { committed } from "../stages/_params.ts";

type Group<Key extends keyof RecipeParams> = Exclude<RecipeParams[Key], string>;

export const LATER_LOSS: Group<"later_loss"> = {
  from_step: 3,
  w_l1: 0,
  w_ssim: 0,
  w_census: 1,
  occlusion: "forward_backward",
};

export const AUGMENTATION: Group<"augmentation"> = {
  passes: "both",
  brightness: 0.3,
  contrast: 0.3,
  saturation: 0.3,
  hue: 0.1,
  gamma: 0.3,
  blur: 1,
  noise: 0.01,
};

export const SECOND_PASS: Group<"second_pass"> = {
  w_ar: 0.1,
  from_step: 0,
  ramp_steps: 0,
  epsilon: 0,
  exponent: 1,
  zoom_least: 1,
  zoom_most: 1.4,
  rotation_degrees: 2,
  translation: 0.04,
  mirror: true,
  relative_zoom: 0.01,
  relative_rotation_degrees: 0.5,
  relative_translation: 0.005,
  noise: 0.04,
};

export const OCCLUSION_PASS: Group<"occlusion_pass"> = {
  w_ot: 0.1,
  from_step: 0,
  ramp_steps: 0,
  epsilon: 0,
  exponent: 1,
  crop: 64,
  superpixel_px: 24,
  noise_share: 0.06,
};

/** The committed params.yaml with other values of keys of train. */
export function trainWith(values: Readonly<Record<string, unknown>>): string {
  const document = parseDocument(committed);
  for (const [key, value] of Object.entries(values)) document.setIn(["train", key], value);
  return document.toString();
}
