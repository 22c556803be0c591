/** Trains the weights that all training cells of the tracked sweep go on from, like the stage pretrain and resumed like it. */
import { runStage } from "../common/stage.ts";
import { initialModel } from "../pretrain/initial_model.ts";
import { runTraining } from "../training/training.ts";
import { readExperiment } from "./experiment_params.ts";
import { PRETRAINING, SCENES } from "./own_place.ts";

await runStage("pretraining", async () => {
  const { pretrain: params } = await readExperiment();
  const start = initialModel(params);
  await runTraining({ name: "pretrain", params, start, scenes: SCENES, place: PRETRAINING });
});
