/**
 * Stage check of models/dvc.yaml: every parameter of models/params.yaml, before any other stage starts and deletes its earlier
 * results. What it writes is always the same, so that a changed parameter reruns it and the stages that read it, and no other.
 */
import { runStage, writeOutput } from "../common/stage.ts";
import { parseModelsParams } from "./models_params.ts";

await runStage("check", async () => {
  parseModelsParams(await Deno.readFile("params.yaml"));
  await writeOutput("results/check/checked.txt", "models/params.yaml\n");
});
