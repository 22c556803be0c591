/** Step lock: the committed results are those of the committed code, data and parameters. Runs no stage. */
import { CATALOGUE } from "../../pipeline/fetch/catalogue.ts";
import { checkStages } from "../lineage/check.ts";
import { Git } from "../lineage/git.ts";
import { type LockedStage, lockOf } from "../lineage/lock.ts";
import {
  pipelinesOf,
  readRepository,
  type Repository,
  stageAddress,
} from "../lineage/repository.ts";
import { hasOwnArchives } from "../lineage/own_archives.ts";
import { type Recorded, type Snapshot, workingTree } from "../lineage/snapshot.ts";
import { archivesOf } from "../lineage/sources.ts";
import { counted } from "../counted.ts";
import { startedStage } from "./clone.ts";
import { lastLines, runProgram } from "./command.ts";
import { lacksOwn } from "./own_archives.ts";
import { fails, holds, type Site, type Step, type Verdict } from "./step.ts";

export const lockStep: Step = {
  name: "lock",
  claim: "the results belong to the code, data and parameters: dvc repro would run nothing",
  cost: "seconds",
  run: checkLock,
};

async function checkLock({ root }: Site): Promise<Verdict> {
  const repository = await readRepository(await workingTree(new Git(root)));
  const { stages, pins, snapshot } = repository;
  const { problems, checked, absent, partial, states } = await checkStages(
    repository,
    stages,
    pins,
  );
  for (const folder of [...pins, ...stages.flatMap(({ outs }) => outs)]) {
    if (states(folder) === "differs") problems.push(...await changedWithin(snapshot, folder));
  }

  for (const stage of stages) {
    problems.push(...(await archivesOf(stage, snapshot, pins, CATALOGUE)).problems);
  }
  if (await snapshot.git.isShallow()) {
    problems.push(
      "this clone is shallow, so that no earlier commit can witness the hashes of the embedded archives: " +
        "git fetch --unshallow",
    );
  }
  const pipelines = pipelinesOf([...repository.paths]);
  const neverRun = pipelines.filter((pipeline) => !repository.paths.has(lockOf(pipeline)));
  for (const pipeline of neverRun) problems.push(...unexplained(repository, pipeline));
  const readsPart = ({ deps }: LockedStage) => deps.some(({ path }) => partial.has(path));
  const lacking = stages.flatMap(({ deps }) => deps)
    .find((dep) => hasOwnArchives(dep) && states(dep) === "absent");
  // DVC takes archives that are not here for removed ones.
  const readsLacking = ({ deps }: LockedStage) => deps.some(({ path }) => path === lacking?.path);
  // Of these, DVC cannot say more than what was found above: it takes the part of a folder that is here for all of it.
  const excused = problems.length === 0
    ? stages.filter((stage) => readsPart(stage) || readsLacking(stage)).map(stageAddress)
    : [];
  // DVC's own answer decides as well: it knows every feature of dvc.yaml.
  const { claimed, errors } = await dryRun(
    root,
    [...repository.definitions.keys()].filter((address) =>
      !excused.includes(address) &&
      !neverRun.includes(address.includes(":") ? address.replace(/:.*/s, "") : "dvc.yaml")
    ),
  );
  const stale = claimed.filter((name) => !excused.includes(name));
  problems.push(...errors);
  if (stale.length > 0) {
    problems.unshift(`dvc repro would run: ${stale.join(", ")}`);
    problems.push("Look at what changed, and commit the locks, results and .data-remote");
  }
  const uncommitted = problems.find((problem) => problem.startsWith("not committed:"));
  if (uncommitted) problems.push("Commit first: the other steps look at the last commit");
  if (problems.length > 0) {
    const what = stale.length > 0
      ? `stale: run ${remedy(stale)} and commit (${counted(stale.length, "stage")} would run)`
      : "dvc.lock does not explain the tree";
    return fails(what, problems);
  }
  if (lacking) return lacksOwn(lacking);
  const missing = absent.length > 0 ? `, ${counted(absent.length, "file")} not here` : "";
  const run = pipelines.filter((pipeline) => !neverRun.includes(pipeline));
  return holds(
    `${counted(stages.length, "stage")} in ${run.join(" and ")}, ` +
      `${checked} hashes recomputed${missing}, ` +
      snapshot.label.replace("the working tree on ", "commit ") +
      neverRun.map((pipeline) => `; ${pipeline} has never been run`).join(""),
  );
}

/** What lies where a pipeline that was never run would write: a lock is missing. */
function unexplained({ definitions, paths }: Repository, pipeline: string): string[] {
  const outs = [...definitions].flatMap(([address, { outs }]) =>
    address.startsWith(`${pipeline}:`) || pipeline === "dvc.yaml" ? outs : []
  );
  const left = [...paths].find((path) =>
    outs.some((out) => path === out || path.startsWith(`${out}/`))
  );
  return left === undefined
    ? []
    : [`${pipeline} has never been run: there is no ${lockOf(pipeline)}, but ${left} is there`];
}

/** What to run for stages of these addresses. */
function remedy(stale: readonly string[]): string {
  const others = [...new Set(stale.flatMap((name) => /^(.+):/.exec(name)?.[1] ?? []))];
  const commands = others.map((pipeline) => `./run dvc repro ${pipeline}`);
  return [...stale.some((name) => !name.includes(":")) ? ["./run"] : [], ...commands].join(", ");
}

/** Of these stages, those that DVC would run, or take from the cache of earlier runs. Files that are not here are no difference. */
async function dryRun(
  root: string,
  addresses: readonly string[],
): Promise<{ claimed: string[]; errors: string[] }> {
  if (addresses.length === 0) return { claimed: [], errors: [] };
  const { code, stdout, stderr } = await runProgram(
    "dvc",
    ["repro", "--dry", "--allow-missing", "--single-item", ...addresses],
    { cwd: root },
  );
  const stages = stdout.split("\n").flatMap((line) =>
    startedStage(line) ?? /^Stage '(.+)' is cached/.exec(line)?.[1] ?? []
  );
  return { claimed: [...new Set(stages)], errors: code === 0 ? [] : lastLines(stderr, 10) };
}

/** The files of a folder that are not the recorded ones; empty for a file, and when the record is not kept here. */
async function changedWithin(snapshot: Snapshot, { path, md5 }: Recorded): Promise<string[]> {
  const changed: string[] = [];
  for (const { relpath, md5: recorded } of await snapshot.objects.entries(md5) ?? []) {
    const file = `${path}/${relpath}`;
    if (await snapshot.location(file) === undefined) {
      changed.push(`in ${path}: ${relpath} is gone`);
    } else {
      const [hash] = await snapshot.hashes([{ path: file, md5: recorded }]);
      if (hash !== recorded) changed.push(`in ${path}: ${relpath} has changed`);
    }
  }
  return changed;
}
