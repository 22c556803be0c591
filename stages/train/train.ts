/**
 * Stage train: goes on from the pretrained weights with the smoothness under test (method, sections 1 and 2).
 */
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { readWhole } from "../common/read_whole.ts";
import { readSection, runStage } from "../common/stage.ts";
import { scenesFolder, trainingUsage } from "../training/arguments.ts";
import { runTraining } from "../training/training.ts";
import { rampedSmoothness, trainSchema } from "./params.ts";

const PRETRAINED = "results/pretrain/model.safetensors";

await runStage("train", async (args) => {
  const scenes = scenesFolder(args);
  const params = await readSection("train", trainSchema);
  await runTraining({
    name: "train",
    params,
    start: readModel(await readWhole(PRETRAINED), PRETRAINED),
    smoothness: rampedSmoothness(params),
    scenes,
  });
}, { usage: trainingUsage("train") });
