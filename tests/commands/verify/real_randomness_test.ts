/**
 * Randomness in our own training, not in a toy: a clone of the last commit whose crops are drawn without a seed, and whose
 * pipeline ends with training, so that the two runs are short.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { parseDocument } from "yaml";
import { Project, ROOT } from "../lineage/_project.ts";
import { verifyCommit } from "../_tasks.ts";

const LATER = ["evaluate", "direct", "report"];

Deno.test("verify finds an unseeded generator in the stage that uses it first", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const clone = new Project(join(folder, "clone"));
    await new Project(ROOT).must("git", "clone", "--quiet", ROOT, clone.folder);
    const pipeline = parseDocument(clone.read("dvc.yaml"));
    for (const stage of LATER) pipeline.deleteIn(["stages", stage]);
    pipeline.delete("metrics");
    pipeline.delete("plots");
    clone.write("dvc.yaml", pipeline.toString({ lineWidth: 0 }));
    clone.edit(
      "stages/training/training.ts",
      "new Rng(params.seed)",
      "new Rng(crypto.getRandomValues(new Uint32Array(1))[0])",
    );
    await clone.commit("Crops without a seed");
    const { code, stdout, stderr } = await verifyCommit(clone, "--only", "twice");
    assertEquals(code, 1, stdout + stderr);
    assertMatch(stdout, /^1\/1 twice +FAILED/m);
    assertMatch(stdout, /The first stage with equal inputs and unequal outputs: pretrain\n/);
    assertMatch(stdout, /results\/pretrain\/curves\/loss\.tsv: line 2 is "/);
    assert(!stdout.includes("outputs: train"), "train had other inputs, and is not to blame");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
