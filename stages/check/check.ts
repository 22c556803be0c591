/**
 * Stage check: every parameter of params.yaml, of models/params.yaml, whose scenes are trained on, and of the sweep, whose names of
 * cells stand in commands, before a stage of dvc.yaml or sweep/dvc.yaml starts and deletes its earlier results, and before a shell
 * reads one. What it writes is always the same, so that a changed parameter reruns the check and the stages that read it, and no
 * other.
 */
import { runStage, writeOutput } from "../common/stage.ts";
import { readExperiment } from "../sweep_cells/experiment_params.ts";
import { parseSweepParams } from "../sweep_cells/params.ts";
import { parseModelsParams } from "./models_params.ts";
import { parseParams, sectionNames } from "./params.ts";
import { checkSceneSize } from "./scene_size.ts";

await runStage("check", async () => {
  const params = parseParams(await Deno.readFile("params.yaml"));
  checkSceneSize(params, parseModelsParams(await Deno.readFile("models/params.yaml")));
  parseSweepParams(await Deno.readFile("sweep/params.yaml"));
  await readExperiment();
  await writeOutput("results/check/checked.txt", `${sectionNames.join("\n")}\n`);
});
