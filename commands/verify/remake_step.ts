/**
 * Step remake: the stages that only put numbers into words, tables and pictures, run again in a fresh clone of the last commit
 * from its own results, write the committed bytes. Nothing else reads what they write, so that an edited number there is in
 * agreement with all of the rest once its hash in the lock is edited, too. Whether the results that they read are true, the
 * steps rescore and full say.
 */
import { Git } from "../lineage/git.ts";
import { type LockedStage, lockOf } from "../lineage/lock.ts";
import { NO_FILES } from "../lineage/own_archives.ts";
import { originsOf, readRepository, type Repository, stageAddress } from "../lineage/repository.ts";
import { committedTree, workingTree } from "../lineage/snapshot.ts";
import { counted } from "../counted.ts";
import { Clone } from "./clone.ts";
import {
  describeDifference,
  explainFiles,
  explainStale,
  type RunNames,
} from "./explain_difference.ts";
import { differingFiles } from "./lock_difference.ts";
import { fails, holds, type Site, type Step, type Verdict } from "./step.ts";
import { failedRun } from "./twice_step.ts";

export const remakeStep: Step = {
  name: "remake",
  claim:
    "the report and the sweep's comparison, made again from the committed results, are the same",
  cost: "half a minute",
  run: remake,
};

/** Addresses of stages that take seconds and no adapter. */
const REMADE = ["report", "sweep/dvc.yaml:compare"];
/** Where all of them write. */
const RESULTS = "results";
const RUNS: RunNames = ["the commit", "the new run"];

async function remake(site: Site): Promise<Verdict> {
  const clone = await Clone.of(site, "remake");
  const git = new Git(clone.root);
  const committed = await readRepository(
    await committedTree(git, (await git.commit("HEAD"))!),
  );
  const { stages, missing, unrecorded } = stagesToMake(committed);
  if (unrecorded.length > 0) {
    await clone.remove();
    return fails(`nothing explains what ${unrecorded.join(" and ")} wrote`, [
      ...unrecorded.map((address) => `the lock has no run of stage ${address}`),
      `Run ./run dvc repro ${unrecorded.join(" ")}, then commit the lock and results`,
    ]);
  }
  if (stages.length === 0) {
    await clone.remove();
    return holds(`nothing to make again: ${missing.join("; ")}`);
  }
  const { kept, unpushed } = neededOutputs(committed, stages);
  await clone.pull(kept);
  const notes = unpushed.map((path) => `Made without ${path}, which is never pushed`);
  const addresses = stages.map(stageAddress);
  const made = await clone.rerun(["--single-item", ...addresses]);
  if (!made.complete) {
    const verdict = failedRun(clone, made);
    return { ...verdict, details: [...verdict.details, ...notes] };
  }
  const again = await readRepository(await workingTree(git));
  const problems = await otherBytes(committed, again, { stages, unpushed });
  if (problems.length > 0) {
    return fails("made again, these are not the committed files", [
      ...problems,
      ...notes,
      `The clone is kept: ${clone.place}`,
    ]);
  }
  await clone.remove();
  const outs = stages.flatMap(({ outs }) => outs);
  const what = `${addresses.join(" and ")}: ${counted(outs.length, "output")} equal`;
  return holds([what, ...missing].join("; "), notes);
}

interface Choice {
  readonly stages: readonly LockedStage[];
  /** A sentence for each stage that this repository does not have, or has not run. */
  readonly missing: readonly string[];
  /** Stages without a run in a lock that has others. */
  readonly unrecorded: readonly string[];
}

function stagesToMake({ stages, definitions, paths }: Repository): Choice {
  const found = stages.filter((stage) => REMADE.includes(stageAddress(stage)));
  const missing: string[] = [];
  const unrecorded: string[] = [];
  for (const address of REMADE) {
    if (found.some((stage) => stageAddress(stage) === address)) continue;
    const pipeline = address.includes(":") ? address.slice(0, address.indexOf(":")) : "dvc.yaml";
    if (!definitions.has(address)) missing.push(`there is no stage ${address}`);
    else if (!paths.has(lockOf(pipeline))) missing.push(`${pipeline} has never been run`);
    else unrecorded.push(address);
  }
  return { stages: found, missing, unrecorded };
}

/** What the stages read and wrote that Git does not keep: what DVC does, and what nobody does. */
function neededOutputs(
  repository: Repository,
  stages: readonly LockedStage[],
): { kept: string[]; unpushed: string[] } {
  const { paths, definitions } = repository;
  const inGit = (path: string) =>
    paths.has(path) || [...paths].some((file) => file.startsWith(`${path}/`));
  const kept = new Set<string>();
  const unpushed = new Set<string>();
  for (const { path } of stages.flatMap(({ deps, outs }) => [...deps, ...outs])) {
    for (const origin of originsOf(repository, path)) {
      const { out } = origin;
      if (!("stage" in origin) || out.md5 === NO_FILES || inGit(out.path)) continue;
      const defined = definitions.get(stageAddress(origin.stage));
      // A lock remembers cells of earlier lists, which nobody can have.
      if (!defined?.outs.includes(out.path)) continue;
      (defined.unpushed.includes(out.path) ? unpushed : kept).add(out.path);
    }
  }
  return { kept: [...kept], unpushed: [...unpushed] };
}

/**
 * A line for each file that is not the recorded one, with what its stage was made from that is not the recorded; and for each
 * that is not the one in Git, recorded or not.
 */
async function otherBytes(
  committed: Repository,
  again: Repository,
  { stages, unpushed }: { stages: readonly LockedStage[]; unpushed: readonly string[] },
): Promise<string[]> {
  const lines: string[] = [];
  const known = new Set<string>();
  for (const stage of stages) {
    const other = again.stages.find((one) => stageAddress(one) === stageAddress(stage))!;
    const first = { stage, snapshot: committed.snapshot };
    const second = { stage: other, snapshot: again.snapshot };
    const files = await differingFiles(first, second);
    if (files.length === 0) continue;
    files.forEach(({ path }) => known.add(path));
    lines.push(...await explainFiles(files, { first, second }, RUNS));
    const whole = other.deps.filter(({ path }) =>
      !unpushed.some((part) => part.startsWith(`${path}/`))
    );
    const run = { ...second, stages: [{ ...other, deps: whole }] };
    lines.push(...await explainStale({ ...first, stages: [stage] }, run));
  }
  for (const path of await again.snapshot.uncommitted([RESULTS])) {
    const [before] = await committed.snapshot.read([path]);
    if (!before || known.has(path)) continue;
    const [after] = await again.snapshot.read([path]);
    const what = after ? describeDifference(before, after, RUNS) : `only ${RUNS[0]} has it`;
    lines.push(`${path}: ${what}; the lock does not know the former`);
  }
  return lines;
}
