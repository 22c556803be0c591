/** The second witness of the embedded archives: the commit that pinned them first. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CATALOGUE } from "../../../pipeline/fetch/catalogue.ts";
import { Git } from "../../../commands/lineage/git.ts";
import { traceLineage } from "../../../commands/lineage/lineage.ts";
import { workingTree } from "../../../commands/lineage/snapshot.ts";
import { firstPin } from "../../../commands/lineage/witness.ts";
import { Project, ROOT, withProject } from "./_project.ts";

const FILE = "kitti2015_sample.zip";
const [{ sha256 }] = CATALOGUE.kitti2015_sample.archives;
const OTHER = "0f".repeat(32);

/** As the formatter of this project leaves it. */
const catalogue = (hash: string) =>
  `export const CATALOGUE = {\n  kitti: {\n    archives: [{\n      file: "${FILE}",\n` +
  `      bytes: 2277989,\n      sha256: "${hash}",\n    }],\n  },\n};\n`;

async function problemsIn(project: Project): Promise<readonly string[]> {
  const snapshot = await workingTree(project.git);
  const metrics = "results/evaluate/metrics.json";
  return (await traceLineage(snapshot, metrics, undefined, CATALOGUE)).problems;
}

Deno.test("firstPin() knows every embedded archive of this repository", async () => {
  const git = new Git(ROOT);
  assert(!await git.isShallow(), "this clone is shallow: git fetch --unshallow");
  const snapshot = await workingTree(git);
  const embedded = Object.values(CATALOGUE).filter(({ embedded }) => embedded);
  assertEquals(embedded.length, 3);
  for (const { file, sha256 } of embedded.flatMap(({ archives }) => archives)) {
    assertEquals((await firstPin(snapshot, file))?.sha256, sha256);
  }
});

Deno.test("a catalogue that is rewritten with its data has its first commit against it", (t) =>
  withProject(async (fresh) => {
    await t.step("the first pin counts, also of a file that is gone", async () => {
      const project = await fresh();
      project.write("pipeline/dataset/catalogue.ts", catalogue(sha256!));
      await project.commit("A catalogue");
      Deno.removeSync(project.path("pipeline/dataset/catalogue.ts"));
      project.write("pipeline/fetch/catalogue.ts", catalogue(OTHER));
      await project.commit("Other data, and a catalogue to go with them");
      const pin = await firstPin(await workingTree(project.git), FILE);
      assertEquals([pin?.sha256, pin?.commit.subject], [sha256, "A catalogue"]);
      assertEquals(await problemsIn(project), []);
    });
    await t.step("an archive must be what was pinned first", async () => {
      const project = await fresh();
      project.write("pipeline/fetch/catalogue.ts", catalogue(OTHER));
      await project.commit("A catalogue");
      project.write("pipeline/fetch/catalogue.ts", catalogue(sha256!));
      await project.commit("The catalogue that the code has");
      const [problem, ...others] = await problemsIn(project);
      assertEquals(others, []);
      assertMatch(
        problem,
        /^kitti2015_sample\.zip has SHA-256 6223e1a6\w+ in the catalogue, commit \w{7} of 2026-01-02 first pinned it as (0f){32}: other data need another name$/,
      );
    });
    await t.step("a shallow clone is known as one", async () => {
      const project = await fresh();
      project.write("NOTES", "One commit more.\n");
      await project.commit("Notes");
      const clone = new Project(`${project.folder}_shallow`);
      const address = `file://${project.folder}`;
      await project.must("git", "clone", "--quiet", "--depth=1", address, clone.folder);
      assertEquals([await project.git.isShallow(), await clone.git.isShallow()], [false, true]);
    });
  }));
