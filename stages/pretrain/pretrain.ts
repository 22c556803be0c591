/**
 * Stage pretrain: PWC-Lite learns to match at all, from scratch, by the photometric term alone (method, sections 3, 4).
 */
import { readSection, runStage } from "../common/stage.ts";
import { scenesFolder, trainingUsage } from "../training/arguments.ts";
import { runTraining } from "../training/training.ts";
import { initialModel } from "./initial_model.ts";
import { pretrainSchema } from "./params.ts";

await runStage("pretrain", async (args) => {
  const scenes = scenesFolder(args);
  const params = await readSection("pretrain", pretrainSchema);
  await runTraining({ name: "pretrain", params, start: initialModel(params), scenes });
}, { usage: trainingUsage("pretrain") });
