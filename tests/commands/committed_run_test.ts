/**
 * The committed run of this repository, in a clone of the commit that recorded it: every number in it is explained
 * back to the archives, and it makes a valid crate.
 */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { CATALOGUE } from "../../pipeline/fetch/catalogue.ts";
import { traceLineage } from "../../commands/lineage/lineage.ts";
import { workingTree } from "../../commands/lineage/snapshot.ts";
import { flatten } from "../../commands/lineage/values.ts";
import { Project, ROOT } from "./lineage/_project.ts";
import { assertCrateIsWhole, Crate } from "./_crate.ts";
import { makeCrate } from "./_tasks.ts";
import { Validator } from "./_validator.ts";

const METRICS = "results/evaluate/metrics.json";
/** From the numbers back, but for the check of parameters. */
const CHAIN = [
  "evaluate",
  "train",
  "pretrain",
  ...["quick_scenes", "textures", "packages"].map((name) => `models/dvc.yaml:${name}`),
  "preprocess",
  "download",
];

Deno.test("the committed run", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const here = new Project(ROOT), clone = new Project(join(folder, "clone"));
    const commit = (await here.git.history("dvc.lock", "HEAD"))[0]?.hash;
    assert(commit, "No commit has a dvc.lock. Run ./run, then commit dvc.lock and results.");
    await here.must("git", "clone", "--quiet", "--no-checkout", ROOT, clone.folder);
    await clone.must("git", "checkout", "--quiet", "--detach", commit);
    // Contents that were pushed after that commit count too.
    const remote = join(ROOT, ".data-remote");
    await clone.must("dvc", "remote", "modify", "--local", "embedded", "url", remote);
    await clone.must("dvc", "pull", "--quiet", "--allow-missing");

    await t.step("explains its numbers", async () => {
      const keys = Object.keys(flatten(JSON.parse(clone.read(METRICS))));
      assert(keys.some((key) => key.endsWith(".epe_px")), `${METRICS} holds no epe_px`);
      const snapshot = await workingTree(clone.git);
      for (const key of [keys[0], keys.at(-1)!]) {
        const lineage = await traceLineage(snapshot, METRICS, key, CATALOGUE);
        assertEquals(lineage.problems, []);
        const names = lineage.stages.map(({ name }) => name).filter((name) => name !== "check");
        assertEquals(names, CHAIN);
        const code = lineage.stages.flatMap(({ deps }) =>
          deps.flatMap(({ path, files = [] }) => [path, ...files.map(({ path }) => path)])
        );
        assert(code.some((path) => /^kernels\/.*warp\.wgsl$/.test(path)), "no kernel is named");
        const archives = lineage.stages.flatMap((stage) => stage.archives);
        assert(archives.length > 0 && archives.every(({ sha256, licence }) => sha256 && licence));
        assertEquals(archives.filter(({ state }) => state !== "same"), []);
        const runs = lineage.stages.filter(({ run }) => run !== undefined);
        assert(runs.length > 0, "no stage says on which adapter it ran");
      }
    });
    await t.step("makes a valid crate", async () => {
      const out = join(folder, "crate");
      const { code, stderr } = await makeCrate(clone, "--out", out);
      assertEquals([code, stderr], [0, ""]);
      assertCrateIsWhole(new Crate(out));
      const { issues, checks } = await (await Validator.open(join(folder, "validator"))).validate(
        out,
      );
      assertEquals([issues, checks], [[], 85]);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
