/** Lineage in a small project that DVC ran: the whole chain, and each way in which it can be broken. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CATALOGUE } from "../../../pipeline/fetch/catalogue.ts";
import { formatLineage } from "../../../commands/lineage/format.ts";
import { type Lineage, traceLineage } from "../../../commands/lineage/lineage.ts";
import { hashBytes } from "../../../commands/lineage/hashes.ts";
import { namedTree, workingTree } from "../../../commands/lineage/snapshot.ts";
import { Project, withProject } from "./_project.ts";

const METRICS = "results/evaluate/metrics.json";
const KEY = "scenes.epe_px";

async function trace(project: Project, rev?: string, file = METRICS, key?: string) {
  const { git } = project;
  const snapshot = rev === undefined ? await workingTree(git) : await namedTree(git, rev);
  return await traceLineage(snapshot, file, key ?? (file === METRICS ? KEY : undefined), CATALOGUE);
}

async function refusal(project: Project, file = METRICS, key = KEY): Promise<string> {
  return (await assertRejects(() => trace(project, undefined, file, key), Error)).message;
}

function assertProblem({ problems }: Lineage, pattern: RegExp): void {
  assert(problems.some((problem) => pattern.test(problem)), `${pattern} in ${problems.join("\n")}`);
}

Deno.test("traceLineage() in a small project that DVC ran", (t) =>
  withProject(async (fresh) => {
    await t.step("follows a number back to the archives", async () => wholeChain(await fresh()));
    await t.step("refuses a number that nothing explains", async () => unexplained(await fresh()));
    await t.step("finds changed parameters", () => changedParameters(fresh));
    await t.step("finds changed data and outputs", () => changedData(fresh));
    await t.step("finds runs of another dvc.yaml or dvc.lock", () => changedRecords(fresh));
    await t.step("reads experiments and commits", async () => revisions(await fresh()));
    await t.step("reads a clone without data", async () => bareClone(await fresh()));
  }));

async function wholeChain(project: Project): Promise<void> {
  const lineage = await trace(project);
  assertEquals(lineage.problems, []);
  assertEquals(lineage.absent, []);
  assertEquals(lineage.value, JSON.parse(project.read(METRICS)).scenes.epe_px);
  assertEquals(lineage.stages.map(({ name }) => name), ["evaluate", "train", "download"]);
  const [evaluate, train, download] = lineage.stages;
  assertEquals(train.params, {
    "train.seed": 1,
    "train.unroll_iterations": 1,
    "train.weight_decay": 0.000001,
  });
  assertEquals(train.run, JSON.parse(project.read("results/train/adapter.json")));
  assertEquals(train.commit?.subject, "Results");
  assertEquals(
    evaluate.deps.map(({ path, kind, from }) => [path, kind, ...from]),
    [
      ["deno.lock", "packages"],
      ["kernels/compute", "code"],
      ["pipeline/common", "code"],
      ["results/train/model.safetensors", "data", "train"],
      ["stages/evaluate", "code"],
    ],
  );
  // All of the folder but what .dvcignore names, each with the hash that md5sum gives.
  assertEquals(train.deps.find(({ path }) => path === "kernels")?.files, [
    { path: "kernels/README.md", md5: hashBytes("A table.\n", "md5"), state: "same" },
    { path: "kernels/compute/warp.wgsl", md5: hashBytes("// warp\n", "md5"), state: "same" },
    { path: "kernels/smoothness/huber.wgsl", md5: hashBytes("// huber\n", "md5"), state: "same" },
    {
      path: "kernels/smoothness/smoothness.wgsl",
      md5: hashBytes("// smoothness\n", "md5"),
      state: "same",
    },
  ]);
  assertEquals(lineage.pins.map(({ pin, path, state }) => [pin, path, state]), [
    ["data.dvc", "data", "same"],
  ]);
  assertEquals(download.archives.length, 1);
  const { sha256, state, licence } = download.archives[0];
  assertEquals([sha256, state], [CATALOGUE.kitti2015_sample.archives[0].sha256, "same"]);
  assertEquals(licence, "CC BY-NC-SA 3.0");

  const text = formatLineage(lineage).split("\n");
  assertMatch(text[0], /^intact: \d+ hashes recomputed, all as recorded and committed$/);
  assertMatch(text[1], /^ {2}Nothing was run again: .* \.\/run deno task verify --only remake$/);
  const path = [
    `${METRICS}  ${KEY} = ${lineage.value}`,
    "stage evaluate, recorded in commit",
    "code, 3 folders, 3 files",
    `kernels/compute  ${recordedHash(project, "kernels/compute")}.dir, 1 file`,
    `kernels/compute/warp.wgsl  ${hashBytes("// warp\n", "md5")}`,
    "results/train/model.safetensors  ",
    "stage train, recorded in commit",
    "train.unroll_iterations = 1",
    "run on: backend vulkan, vendor toys, device 0, description toy adapter, fallback true, " +
    "subgroupsOfEight false, seed 1",
    `kernels  ${
      recordedHash(project, "kernels")
    }.dir, 4 files, 1 of them listed above with the same md5`,
    `kernels/smoothness/huber.wgsl  `,
    "results/download/kitti2015_sample.zip  ",
    "stage download, recorded in commit",
    "data.dvc pins it: ",
    `kitti2015_sample.zip  sha256 ${sha256}`,
    "licence: CC BY-NC-SA 3.0",
  ];
  // Each line stands below the one before it.
  let row = 0;
  for (const part of path) {
    row = text.findIndex((line, i) => i >= row && line.includes(part));
    assert(row > 0, `${part} is missing or misplaced in\n${text.join("\n")}`);
  }
  const brief = formatLineage(lineage, "brief");
  assertStringIncludes(
    brief,
    "code, 4 folders, 7 files: kernels pipeline/common stages/common stages/train",
  );
  // Two of its outputs are read, it is drawn once.
  assertEquals(brief.match(/stage download, recorded in/g)?.length, 1);
  assertEquals(brief.match(/stage download, see above/g)?.length, 1);
  const full = formatLineage(lineage, "full");
  assertEquals(full.match(/pipeline\/common\/rng\.ts {2}/g)?.length, 2);

  // A table, a file inside a folder, data, and a matrix of another dvc.yaml.
  const rows = await trace(project, undefined, "results/evaluate/pairs.tsv", "scene_0002.epe_px");
  assertEquals(rows.value, 0.75);
  const picture = await trace(project, undefined, "results/train/pictures/curves/a.png");
  assertEquals([picture.from, picture.intact], ["train", true]);
  assertEquals((await trace(project, undefined, "data/README.md")).from, "data.dvc");
  await project.must("dvc", "repro", "--quiet", "sweep/dvc.yaml");
  await project.commit("Sweep");
  const sweep = await trace(project, undefined, "results/sweep/cells/3_tv/loss.tsv", "2.total");
  assertEquals(sweep.problems, []);
  assertEquals([sweep.value, sweep.from], [0.25, "sweep/dvc.yaml:cell@3-tv"]);
  assertEquals(sweep.stages.map(({ commit }) => commit?.subject), ["Sweep", "Results", "Results"]);
  assertEquals(sweep.stages[0].params, { "train.seed": 1, iterations: [0, 3] });
}

async function unexplained(project: Project): Promise<void> {
  assertStringIncludes(
    await refusal(project, METRICS, "scenes.epe"),
    "Did you mean scenes.epe_px?",
  );
  assertStringIncludes(
    await refusal(project, "results/evaluate/metric.json"),
    `the output of no stage in dvc.lock. Did you mean ${METRICS}?`,
  );
  const before = project.read(METRICS);
  project.edit(METRICS, "pairs_count", "pairs_Count");
  assertMatch(
    await refusal(project),
    /^Nothing explains .*metrics\.json: it is not what stage evaluate wrote\. Recorded is md5/,
  );
  await project.commit("Hide it");
  assertStringIncludes(await refusal(project), "it is not what stage evaluate wrote");
  Deno.removeSync(project.path(METRICS));
  assertStringIncludes(await refusal(project), "is not in the working tree");
  project.write(METRICS, before);
  project.write("results/train/pictures/b.png", "another");
  assertStringIncludes(
    (await assertRejects(
      () => trace(project, undefined, "results/train/pictures/b.png"),
      Error,
    )).message,
    "it is not what stage train wrote",
  );
  Deno.removeSync(project.path("dvc.lock"));
  assertStringIncludes(await refusal(project), "Nothing has been run in the working tree");
}

type Fresh = () => Promise<Project>;

async function changedParameters(fresh: Fresh): Promise<void> {
  const project = await fresh();
  project.edit("params.yaml", "unroll_iterations: 1", "unroll_iterations: 2");
  project.edit("params.yaml", "  seed: 1\n", "");
  const lineage = await trace(project);
  assertProblem(
    lineage,
    /^train\.unroll_iterations was 1 in the run of stage train, params.yaml says 2$/,
  );
  assertProblem(lineage, /^train\.seed was 1 in the run of stage train, params.yaml has none$/);
  assertProblem(lineage, /^not committed: params\.yaml$/);
  assertMatch(formatLineage(lineage), /^NOT intact: 3 problems/);
}

async function changedData(fresh: Fresh): Promise<void> {
  let project = await fresh();
  project.write("results/train/model.safetensors", "by hand 1");
  assertProblem(
    await trace(project),
    /^results\/train\/model\.safetensors is not what stage evaluate read, nor what stage train wrote/,
  );
  project = await fresh();
  project.write("data/kitti2015_sample.zip", "another");
  const lineage = await trace(project);
  assertProblem(lineage, /^data is not what stage download read, nor what data\.dvc pins/);
  assertProblem(lineage, /^kitti2015_sample\.zip has SHA-256 \w{64}, the catalogue says 6223e1a6/);
}

/** The recorded hash of a path that only one stage reads. */
function recordedHash(project: Project, path: string): string {
  const lock = project.read("dvc.lock");
  return /md5: (\w+)/.exec(lock.slice(lock.indexOf(`path: ${path}\n`)))![1];
}

async function changedRecords(fresh: Fresh): Promise<void> {
  let project = await fresh();
  project.edit(
    "dvc.lock",
    recordedHash(project, "results/train/model.safetensors"),
    "f".repeat(32),
  );
  assertProblem(
    await trace(project),
    /^stage evaluate read results\/train\/model\.safetensors with md5 \w+, stage train wrote it with/,
  );

  project = await fresh();
  project.edit(
    "dvc.yaml",
    "kernels, pipeline/common, stages/common",
    "kernels, pipeline/common, LICENSE, stages/common",
  );
  project.edit("dvc.yaml", "stages/train/train.ts\n", "stages/train/train.ts --fast\n");
  const lineage = await trace(project);
  assertProblem(lineage, /^LICENSE is a dependency of stage train in dvc\.yaml, and was none/);
  assertProblem(lineage, /^stage train ran another command than dvc\.yaml says$/);

  project = await fresh();
  project.edit("dvc.lock", "  download:", "  elsewhere:");
  assertProblem(
    await trace(project),
    /^dvc\.yaml has no stage elsewhere, dvc\.lock has a run of it/,
  );

  project = await fresh();
  const lock = project.read("dvc.lock");
  project.write("dvc.lock", lock.replace(/^ {2}train:\n(?: {4}.*\n)+/m, ""));
  assertProblem(
    await trace(project),
    /^nothing explains results\/train\/model\.safetensors, which stage evaluate read/,
  );
}

async function revisions(project: Project): Promise<void> {
  await project.must(
    "dvc",
    ...["exp", "run", "--quiet", "--temp", "-n", "tuned", "-S", "train.unroll_iterations=3"],
  );
  const tuned = await trace(project, "tuned");
  assertEquals([tuned.problems, tuned.absent], [[], []]);
  assertEquals(tuned.stages[1].params["train.unroll_iterations"], 3);
  assertMatch(tuned.at, /^experiment tuned, commit [0-9a-f]{7}$/);
  const here = await trace(project);
  assertEquals(here.stages[1].params["train.unroll_iterations"], 1);
  assert(here.value !== tuned.value, "the experiment must give another number");
  assertEquals((await trace(project, "main")).value, here.value);
  assertStringIncludes(
    (await assertRejects(() => trace(project, "tunde"), Error)).message,
    "no commit, branch or experiment named tunde. Experiments here: tuned",
  );
  // The commit before the results has no lock.
  assertStringIncludes(
    (await assertRejects(() => trace(project, "main~1"), Error)).message,
    "Nothing has been run in commit",
  );
  // A content in DVC's cache that was changed in place.
  const model = recordedHash(project, "results/train/model.safetensors");
  const kept = project.path(`.dvc/cache/files/md5/${model.slice(0, 2)}/${model.slice(2)}`);
  await Deno.chmod(kept, 0o644);
  await Deno.writeTextFile(kept, "changed");
  assertProblem(await trace(project, "main"), /^results\/train\/model\.safetensors is not what/);
}

async function bareClone(project: Project): Promise<void> {
  const clone = new Project(`${project.folder}_clone`);
  await project.must("git", "clone", "--quiet", project.folder, clone.folder);
  const lineage = await trace(clone);
  assertEquals(lineage.problems, []);
  // Everything that was pushed is in the embedded remote; this output is not pushed.
  assertEquals(lineage.absent, ["results/download"]);
  assertMatch(
    formatLineage(lineage),
    /^intact: .*; not here and so not checked: results\/download\n/,
  );
  assertEquals(lineage.stages[2].archives[0].state, "same");
  await Deno.remove(clone.path(".data-remote"), { recursive: true });
  const message = (await assertRejects(
    () => trace(clone, undefined, "results/train/model.safetensors"),
    Error,
  )).message;
  assertStringIncludes(message, "./run dvc pull results/train/model.safetensors");
}
