/**
 * Stage check: every parameter of params.yaml, before any other stage starts and deletes its earlier results. checked.txt is
 * always the same, so that a changed parameter reruns the check and the stages that read it, and no other. parameters.json
 * is params.yaml, for stages that only show it or need a section of another stage.
 */
import { runStage, writeOutput } from "../common/stage.ts";
import { parseParams, sectionNames } from "./params.ts";

await runStage("check", async () => {
  const params = parseParams(await Deno.readFile("params.yaml"));
  await writeOutput("results/check/parameters.json", `${JSON.stringify(params, null, 2)}\n`);
  await writeOutput("results/check/checked.txt", `${sectionNames.join("\n")}\n`);
});
