/**
 * Stage check of frames of one's own: every parameter, before any other stage starts and deletes its earlier results. What it
 * writes is always the same.
 */
import { runStage, writeOutput } from "../common/stage.ts";
import { parseOwnParams } from "./own_params.ts";

await runStage("check", async () => {
  parseOwnParams(await Deno.readFile("params.yaml"));
  await writeOutput("results/check/checked.txt", "params.yaml\n");
});
