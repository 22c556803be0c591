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

Deno.test("its cells are those of the sweep, without the frames that a general model does not train on", () => {
  const root = stagesOf("sweep/dvc.yaml");
  assertEquals(Object.keys(stages), ["train_plain", "train_unrolled", "compare"]);
  for (const name of ["train_plain", "train_unrolled"]) {
    const { stage } = asInRoot(PIPELINE, name, stages[name]);
    const { deps, cmd, outs, ...rest } = stage,
      { deps: rootDeps, cmd: rootCmd, outs: rootOuts, ...rootRest } = root[name];
    assertEquals(rest, rootRest);
    // Kept by Git, since plain dvc pull would miss what has not been run.
    assertEquals(outs, [{ [`${rootOuts![0]}`]: { cache: false } }]);
    const frames = "results/preprocess/real_train";
    assertEquals(deps, rootDeps!.filter((path) => path !== frames));
    assertEquals(cmd, rootCmd.replace(`${frames},`, ""));
  }
});

Deno.test("its parameters ask for L1 and the unrolled cost, each at the weights that its scenes choose", () => {
  const { train_cells: { smoothness, unroll_iterations, seeds, weights } } = parseSweepParams(
    Deno.readTextFileSync("models/sweep/params.yaml"),
  );
  assertEquals([smoothness, unroll_iterations, seeds], [["l1"], [1], [1, 2]]);
  assertEquals([weights.l1.length, weights.unrolled.length], [3, 3]);
});
