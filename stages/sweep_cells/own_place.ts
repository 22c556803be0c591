/** Where the experiment of the tracked sweep's own is: its layered scenes, and the weights that training cells go on from. */
export const SCENES = "results/sweep/scenes";
export const PRETRAINING = {
  results: "results/sweep/pretraining",
  pipeline: "sweep/dvc.yaml",
  stage: "pretraining",
  checkpoints: "sweep",
} as const;
