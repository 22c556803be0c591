/** Stage train of frames of one's own: goes on from start.safetensors, a model that somebody trained on other pictures. */
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { readWhole } from "../common/read_whole.ts";
import { readSection, runStage } from "../common/stage.ts";
import { rampedSmoothness, trainSchema } from "../train/params.ts";
import { runTraining } from "../training/training.ts";

const START = "start.safetensors";

await runStage("train", async () => {
  const params = await readSection("train", trainSchema);
  const start = readModel(await readWhole(START), START);
  await runTraining({
    name: "train",
    params,
    // What made the start stands in its own file, which is a dependency; here no stage made it.
    start: { ...start, madeBy: {} },
    smoothness: rampedSmoothness(params),
  });
});
