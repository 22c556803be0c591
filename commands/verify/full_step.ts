/**
 * Step full: the committed experiment, by force, in a fresh clone. On the adapter that adapter.json names every output
 * must have the committed bytes. On another the committed model cannot be made again, so that the verdict is "not
 * verified", whatever holds: stages that use no adapter give the committed bytes, the committed model gives the committed
 * scores of each pair, these give the metrics, and the metrics of the new run are within tolerances.
 */
import { basename } from "@std/path";
import { parse } from "yaml";
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { claimProblems } from "../lineage/claims.ts";
import { Git } from "../lineage/git.ts";
import { readRepository } from "../lineage/repository.ts";
import { parseValues } from "../lineage/values.ts";
import { committedTree, readText, type Snapshot, workingTree } from "../lineage/snapshot.ts";
import { counted } from "../counted.ts";
import { Clone } from "./clone.ts";
import { explainCulprits, explainStale, type Run, type RunNames } from "./explain_difference.ts";
import { type Culprit, culprits, sameRuns } from "./lock_difference.ts";
import {
  compareMetrics,
  formatComparisons,
  formatTolerances,
  type MetricComparison,
} from "./metrics_table.ts";
import { bringOwn } from "./own_archives.ts";
import { scoreAgain } from "./rescore_step.ts";
import { fails, holds, type Site, type Step, unverified, type Verdict } from "./step.ts";
import { failedRun, trackedPins } from "./twice_step.ts";

export const fullStep: Step = {
  name: "full",
  claim: "the committed experiment, run again, gives the committed results",
  cost: "as long as the experiment; only with --full",
  run: checkFull,
};

const RUNS: RunNames = ["the committed run", "this run"];

async function checkFull(site: Site): Promise<Verdict> {
  const clone = await Clone.of(site, "full");
  const lacking = await bringOwn(clone);
  if (lacking) {
    await clone.remove();
    return lacking;
  }
  await clone.pull(await trackedPins(clone));
  // For comparing what differs; that it can be had is another step's question.
  await clone.dvc(["fetch", "--quiet"]);
  const git = new Git(clone.root);
  const committed = await runIn(await committedTree(git, (await git.commit("HEAD"))!));
  const rerun = await clone.rerun();
  if (!rerun.complete) return failedRun(clone, rerun);
  const again = await runIn(await workingTree(git));
  const verdict = await compareRuns(site, committed, again);
  if (verdict.outcome === "fails") {
    return { ...verdict, details: [...verdict.details, `The clone is kept: ${clone.place}`] };
  }
  await clone.remove();
  return verdict;
}

async function runIn(snapshot: Snapshot): Promise<Run> {
  const { stages } = await readRepository(snapshot);
  return { snapshot, stages: stages.filter(({ pipeline }) => pipeline === "dvc.yaml") };
}

async function compareRuns(site: Site, committed: Run, again: Run): Promise<Verdict> {
  const adapters = await Promise.all([committed, again].map(adaptersOf));
  if (canonicalJson(adapters[0]) === canonicalJson(adapters[1])) {
    if (sameRuns(committed.stages, again.stages)) {
      return holds(`same adapter; ${counted(again.stages.length, "stage")}, every output equal`);
    }
    return fails("same adapter, other bytes than committed", [
      ...await explainCulprits(await culprits(committed, again), RUNS),
      ...await explainStale(committed, again),
    ]);
  }
  return await compareAcrossAdapters(site, committed, again, adapters);
}

async function compareAcrossAdapters(
  site: Site,
  committed: Run,
  again: Run,
  adapters: readonly Record<string, unknown>[],
): Promise<Verdict> {
  const usesKernels = ({ second }: Culprit) =>
    second.stage.deps.some(({ path }) => path === "kernels" || path.startsWith("kernels/"));
  const guilty = (await culprits(committed, again)).filter((culprit) => !usesKernels(culprit));
  const comparisons = await compareAllMetrics(committed, again);
  const outside = comparisons.filter(({ within }) => !within);
  const [was, is] = adapters.map(describeAdapters);
  const claims = await claimProblems(await readRepository(committed.snapshot), committed.stages);
  const rescored = await scoreAgain(site);
  const details = [
    `Committed: ${was}. Here: ${is}. Training gives other bytes on another adapter, so nothing here tells whether`,
    "the committed model is that of the committed code; on the committed adapter this step would.",
    ...claims,
    ...await explainCulprits(guilty, RUNS),
    `The committed model and a sample of direct, scored again here: ${rescored.summary}`,
    ...rescored.details,
    ...formatComparisons(comparisons),
    ...formatTolerances(),
  ];
  const wrong = [
    ...guilty.length > 0 ? ["stages that use no adapter gave other bytes"] : [],
    ...claims.length > 0 ? ["outputs contradict dvc.lock or each other"] : [],
    ...rescored.outcome === "fails" ? ["the committed model gives other scores"] : [],
    ...comparisons.length === 0 ? ["no metrics to compare"] : [],
    ...outside.length > 0
      ? [`${outside.length} of ${counted(comparisons.length, "metric")} out of tolerance`]
      : [],
  ];
  if (wrong.length > 0) return fails(`other adapter, and ${wrong.join("; ")}`, details);
  return unverified(
    `not verified: other adapter; ${comparisons.length} of ` +
      `${counted(comparisons.length, "metric")} within tolerance`,
    details,
  );
}

/** The adapters that a run names, each with the graphics interface that it was reached by and the plan of its kernels. */
function describeAdapters(adapters: Record<string, unknown>): string {
  const names = Object.values(adapters).map((adapter) => {
    const { description, backend, plan } = (adapter ?? {}) as Record<string, unknown>;
    const planned = plan === undefined ? "" : `, plan ${plan}`;
    return `${description} (${backend ?? "graphics interface not recorded"}${planned})`;
  });
  return [...new Set(names)].join(", ") || "no adapter";
}

/** What each stage wrote about its adapter. */
async function adaptersOf({ snapshot, stages }: Run): Promise<Record<string, unknown>> {
  const paths = stages.flatMap(({ outs }) => outs.map(({ path }) => path))
    .filter((path) => basename(path) === "adapter.json");
  const texts = await Promise.all(paths.map((path) => readText(snapshot, path)));
  return Object.fromEntries(
    paths.map((
      path,
      i,
    ) => [path, texts[i] === undefined ? undefined : parseValues(texts[i], path)]),
  );
}

/** The files that dvc.yaml calls metrics. */
async function compareAllMetrics(committed: Run, again: Run): Promise<MetricComparison[]> {
  const { metrics = [] } = parse(await readText(again.snapshot, "dvc.yaml") ?? "") as {
    metrics?: string[];
  };
  const comparisons: MetricComparison[] = [];
  for (const file of metrics) {
    const [was, is] = [
      await readText(committed.snapshot, file),
      await readText(again.snapshot, file),
    ];
    comparisons.push(...compareMetrics(file, was ?? "{}", is ?? "{}"));
  }
  return comparisons;
}
