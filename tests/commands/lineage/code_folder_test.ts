/** A run depends on folders: of code, where each changed file is named, and of outputs that are not all here. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CATALOGUE } from "../../../pipeline/fetch/catalogue.ts";
import { formatLineage } from "../../../commands/lineage/format.ts";
import { folderHash, hashBytes } from "../../../commands/lineage/hashes.ts";
import { type Lineage, traceLineage } from "../../../commands/lineage/lineage.ts";
import { namedTree, workingTree } from "../../../commands/lineage/snapshot.ts";
import { Project, withProject } from "./_project.ts";

const METRICS = "results/evaluate/metrics.json";
const ALL = "results/sweep/all.tsv";

async function trace(project: Project, rev?: string, file = METRICS) {
  const { git } = project;
  const snapshot = rev === undefined ? await workingTree(git) : await namedTree(git, rev);
  return await traceLineage(snapshot, file, undefined, CATALOGUE);
}

function assertProblem({ problems }: Lineage, pattern: RegExp): void {
  assert(problems.some((problem) => pattern.test(problem)), `${pattern} in ${problems.join("\n")}`);
}

type Fresh = () => Promise<Project>;

Deno.test("traceLineage() through folders", (t) =>
  withProject(async (fresh) => {
    await t.step("names the changed file of a folder of code", () => changedCode(fresh));
    await t.step("names files that came and went", () => changedFolders(fresh));
    await t.step("knows a folder of cells that are not all here", async () =>
      partOfFolder(await fresh()));
  }));

async function changedCode(fresh: Fresh): Promise<void> {
  const project = await fresh();
  project.write("kernels/smoothness/smoothness.wgsl", "// rough\n");
  const lineage = await trace(project);
  const [{ hash: recorded }] = await project.git.history("kernels", "HEAD");
  const since = `; since commit ${recorded.slice(0, 7)} `;
  const [was, is] = ["// smoothness\n", "// rough\n"].map((kernel) =>
    folderHash([
      { relpath: "README.md", md5: hashBytes("A table.\n", "md5") },
      { relpath: "compute/warp.wgsl", md5: hashBytes("// warp\n", "md5") },
      { relpath: "smoothness/huber.wgsl", md5: hashBytes("// huber\n", "md5") },
      { relpath: "smoothness/smoothness.wgsl", md5: hashBytes(kernel, "md5") },
    ])
  );
  const changed = "kernels/smoothness/smoothness.wgsl has changed";
  assertEquals(lineage.problems, [
    `kernels is not what stage train read: recorded is md5 ${was}, here it has ${is}${since}${changed}`,
    "not committed: kernels/smoothness/smoothness.wgsl",
  ]);
  const text = formatLineage(lineage);
  assertStringIncludes(text, `kernels  ${was} (DIFFERS here), 4 files`);
  // As the run had it, not as it is.
  assertStringIncludes(
    text,
    `smoothness.wgsl  ${hashBytes("// smoothness\n", "md5")} (DIFFERS here)`,
  );
  assertEquals(text.match(/DIFFERS here/g)?.length, 2, "huber.wgsl is as it was");
  await project.commit("Another kernel");
  const [problem, ...others] = (await trace(project)).problems;
  assert(problem.endsWith(since + changed) && others.length === 0, problem);
  // The same in a commit, and after the folder changed many times.
  assertEquals((await trace(project, "main")).problems, [problem]);
  assertEquals((await trace(project, "main~1")).problems, []);
}

/** Files that come and go: named each, by what happened to it. */
async function changedFolders(fresh: Fresh): Promise<void> {
  const project = await fresh();
  const ends = async (ending: string) => {
    const lineage = await trace(project);
    const problem = lineage.problems.find((problem) => problem.startsWith("kernels is not"));
    assert(problem?.endsWith(` ${ending}`), `${ending} in ${lineage.problems.join("\n")}`);
    return formatLineage(lineage);
  };
  project.write("kernels/compute/warp.note.md", "Another note that DVC does not see.\n");
  assertEquals((await trace(project)).problems, []);
  project.write(".dvcignore", project.read(".dvcignore") + "warp.wgsl\nevaluate.ts\n");
  const hidden = (path: string) =>
    `.dvcignore hides ${path}, on which stages depend: no edit of it would make them stale`;
  const { problems } = await trace(project);
  assertEquals(problems.filter((problem) => problem.startsWith(".dvcignore")), [
    hidden("kernels/compute/warp.wgsl"),
    hidden("stages/evaluate/evaluate.ts"),
  ]);
  await project.must("git", "checkout", "--quiet", ".dvcignore");
  project.write("kernels/added.wgsl", "// added\n");
  const added = await ends("kernels/added.wgsl was added");
  assertStringIncludes(added, `  ${hashBytes("// added\n", "md5")} (ADDED here)`);
  Deno.removeSync(project.path("kernels/smoothness/huber.wgsl"));
  const gone = await ends("kernels/added.wgsl was added, kernels/smoothness/huber.wgsl is gone");
  assertStringIncludes(gone, `  ${hashBytes("// huber\n", "md5")} (GONE here)`);
  // A file that was moved, one that Git does not see.
  await project.must("git", "checkout", "--quiet", "kernels");
  Deno.renameSync(project.path("kernels/added.wgsl"), project.path("kernels/moved.wgsl"));
  project.write(".git/info/exclude", "*.tmp\n");
  project.write("kernels/compute/left.tmp", "left over\n");
  await ends("kernels/compute/left.tmp was added, kernels/moved.wgsl was added");
  // A run with such a file is not in Git, although every hash is the recorded one.
  Deno.removeSync(project.path("kernels/moved.wgsl"));
  await project.must("dvc", "repro", "--quiet", "--no-run-cache");
  await project.commit("With a file that Git ignores");
  assertEquals((await trace(project)).problems, [
    "Git ignores kernels/compute/left.tmp, part of what stage evaluate read",
    "Git ignores kernels/compute/left.tmp, part of what stage train read",
  ]);
  Deno.removeSync(project.path("kernels/compute/left.tmp"));
  assertProblem(
    await trace(project),
    /^kernels is not .*; no commit has the recorded content, so the changed file cannot be named$/,
  );
}

/** A folder of cells, some of which are not here, is no other folder: the cells' records say what it held. */
async function partOfFolder(project: Project): Promise<void> {
  await project.must("dvc", "repro", "--quiet", "sweep/dvc.yaml");
  await project.commit("Sweep");
  const here = await trace(project, undefined, ALL);
  assertEquals([here.problems, here.absent, here.stages.length], [[], [], 7]);
  const clone = new Project(`${project.folder}_clone_of_sweep`);
  await project.must("git", "clone", "--quiet", project.folder, clone.folder);
  const all = await trace(clone, undefined, ALL);
  assertEquals(all.problems, []);
  assert(all.absent.includes("results/sweep/cells"), all.absent.join());
  await project.must("dvc", "push", "--quiet");
  await project.must("cp", "-r", project.path(".data-remote"), clone.folder);
  const pushed = await trace(clone, undefined, ALL);
  assertEquals([pushed.problems, pushed.absent], [[], ["results/download"]]);
  const lock = clone.read("sweep/dvc.lock");
  const cells = /path: results\/sweep\/cells\n.*\n +md5: (\w+)/.exec(lock)![1];
  clone.write("sweep/dvc.lock", lock.replace(cells, "0".repeat(32)));
  assertProblem(
    await trace(clone, undefined, ALL),
    new RegExp(`^results/sweep/cells is not .*compare read: .*, here it has ${cells}\\.dir`),
  );
}
