/**
 * The keys of params.yaml that a cell of the sweep takes, the `params` of sweep/dvc.yaml; all others its own entry in
 * sweep/params.yaml says, or nothing of it changes with them.
 */

export const DIRECT_KEYS = [
  "w_l1",
  "w_ssim",
  "w_census",
  "eta",
  "order",
  "border",
  "learning_rate",
  "pairs_per_batch",
] as const;

export const TRAIN_KEYS = [
  "steps",
  "batch",
  "crop",
  "real_share",
  "real_datasets",
  "curriculum_start",
  "curriculum_end",
  "learning_rate",
  "warmup_steps",
  "decay_share",
  "w_l1",
  "w_ssim",
  "w_census",
  "occlusion",
  "occlusion_from_step",
  "gradient_clip",
  "weight_decay",
  "log_every",
  "eta",
  "order",
  "border",
] as const;
