/**
 * Step twice: the whole experiment at a tiny scale, by force, in two fresh clones; both must end with the same lock.
 * This alone finds randomness in a stage, data that no commit has, and what a stage does beyond its permissions.
 */
import { Git } from "../lineage/git.ts";
import { readRepository, type Repository } from "../lineage/repository.ts";
import { workingTree } from "../lineage/snapshot.ts";
import { counted } from "../counted.ts";
import { Clone, type Rerun } from "./clone.ts";
import { explainCulprits } from "./explain_difference.ts";
import { culprits, sameRuns } from "./lock_difference.ts";
import { bringOwn } from "./own_archives.ts";
import { fails, holds, type Site, type Step, type Verdict } from "./step.ts";

export const twiceStep: Step = {
  name: "twice",
  claim: "two fresh clones compute the same bytes (tiny profile, forced)",
  cost: "minutes",
  run: checkTwice,
};

async function checkTwice(site: Site): Promise<Verdict> {
  const clones: Clone[] = [];
  const runs: Repository[] = [];
  for (const name of ["first", "second"]) {
    const clone = await Clone.of(site, name);
    clones.push(clone);
    const lacking = await bringOwn(clone);
    if (lacking) {
      await clone.remove();
      return lacking;
    }
    await clone.shrink();
    await clone.pull(await trackedPins(clone));
    const rerun = await clone.rerun();
    if (!rerun.complete) return failedRun(clone, rerun);
    runs.push(await readRepository(await workingTree(new Git(clone.root))));
  }
  const [first, second] = runs.map(({ snapshot, stages }) => ({
    snapshot,
    // Other pipelines than that of the root were not run, only cloned.
    stages: stages.filter(({ pipeline }) => pipeline === "dvc.yaml"),
  }));
  if (!sameRuns(first.stages, second.stages)) {
    const details = await explainCulprits(await culprits(first, second));
    const kept = `Both clones are kept: ${clones.map(({ place }) => place).join(" and ")}`;
    return fails("two runs with the same inputs gave other bytes", [...details, kept]);
  }
  for (const clone of clones) await clone.remove();
  return holds(`${counted(second.stages.length, "stage")}, every output with the same hash`);
}

export async function trackedPins({ root }: Clone): Promise<string[]> {
  return (await new Git(root).filesOf("HEAD")).filter((path) => path.endsWith(".dvc"));
}

/** What a stage printed when it failed in a clone. */
export function failedRun(clone: Clone, rerun: Rerun & { complete: false }): Verdict {
  const { failed, printed } = rerun;
  const what = failed === undefined
    ? "DVC cannot run the pipeline in a fresh clone"
    : `stage ${failed} fails in a fresh clone`;
  return fails(what, [...printed, `The clone is kept: ${clone.place}`]);
}
