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
  "micro_batches",
  "crop",
  "real_share",
  "real_datasets",
  "curriculum_start",
  "curriculum_end",
  "learning_rate",
  "warmup_steps",
  "learning_rate_schedule",
  "decay_share",
  "drop_at",
  "drop_factor",
  "w_l1",
  "w_ssim",
  "w_census",
  "occlusion",
  "occlusion_from_step",
  "gradient_clip",
  "weight_decay",
  "average_decay",
  "later_loss",
  "augmentation",
  "second_pass",
  "occlusion_pass",
  "log_every",
  "eta",
  "order",
  "border",
  "w_smooth_ramp_steps",
] as const;
