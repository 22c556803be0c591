/** models/sweep/dvc.yaml: the training cells of the tracked sweep, asked of the general model. */
import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import {
  asInRoot,
  contractProblems,
  programOf,
  reachedFiles,
  type Stage,
} from "../../commands/contract.ts";
import { parseSweepParams } from "../../stages/sweep_cells/params.ts";

const PIPELINE = "models/sweep/dvc.yaml";
const stagesOf = (path: string) =>
  (parse(Deno.readTextFileSync(path)) as { stages: Record<string, Stage> }).stages;
const stages = stagesOf(PIPELINE);

Deno.test("each cell's deps cover what it reaches, and its permissions are exact", async (t) => {
  for (const [name, written] of Object.entries(stages)) {
    await t.step(name, async () => {
      const { stage, results } = asInRoot(PIPELINE, name, written);
      const reached = await reachedFiles(programOf(name, stage)[0]);
      assertEquals(contractProblems(name, stage, results, reached), []);
      assertEquals([stage.wdir, results], ["..", "results/sweep"]);
    });
  }
});

Deno.test("its cells are those of the sweep, but for the experiment that they go on from", () => {
  const root = stagesOf("sweep/dvc.yaml");
  assertEquals(Object.keys(stages), ["train_plain", "train_unrolled", "compare"]);
  for (const name of ["train_plain", "train_unrolled"]) {
    const { stage } = asInRoot(PIPELINE, name, stages[name]);
    const { deps, cmd, outs, params, ...rest } = stage,
      { deps: rootDeps, cmd: rootCmd, outs: rootOuts, params: rootParams, ...rootRest } =
        root[name];
    assertEquals(rest, rootRest);
    // Kept by Git, since plain dvc pull would miss what has not been run.
    assertEquals(outs, [{ [`${rootOuts![0]}`]: { cache: false } }]);
    // Its scenes, weights and section train are those of models/, the sweep's are its own.
    const ofModels = (text: string) =>
      text.replaceAll("results/sweep/scenes", "results/preprocess")
        .replaceAll("results/sweep/pretraining", "results/pretrain");
    assertEquals(deps, rootDeps!.map(ofModels));
    assertEquals(
      cmd,
      ofModels(rootCmd).replace("sweep/params.yaml", "params.yaml,sweep/params.yaml"),
    );
    const keys = (params ?? []).flatMap((entry) => Object.values(entry)).flat();
    assertEquals(keys, (rootParams ?? []).flatMap((entry) => Object.values(entry)).flat());
  }
});

Deno.test("its parameters ask for L1 and the unrolled cost, each at the weights that its scenes choose", () => {
  const { train_cells: { smoothness, unroll_iterations, seeds, weights } } = parseSweepParams(
    Deno.readTextFileSync("models/sweep/params.yaml"),
  );
  assertEquals([smoothness, unroll_iterations, seeds], [["l1"], [1], [1, 2]]);
  assertEquals([weights.l1.length, weights.unrolled.length], [3, 3]);
});
