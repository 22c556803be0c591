/**
 * Step rescore: the committed model, evaluated again in a fresh clone, gives the committed scores of every pair, and a batch of
 * direct's pairs, solved again, gives theirs. The data are made anew on the way. Training is the step full's.
 */
import { basename } from "@std/path";
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { parseScores } from "../../pipeline/common/io/scores.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { Git } from "../lineage/git.ts";
import { type LockedStage, parseLock } from "../lineage/lock.ts";
import { committedTree, readText, type Snapshot } from "../lineage/snapshot.ts";
import { parseValues, pick } from "../lineage/values.ts";
import { counted } from "../counted.ts";
import { Clone } from "./clone.ts";
import { lastLines, mustRun } from "./command.ts";
import { bringOwn } from "./own_archives.ts";
import {
  comparePairs,
  compareScores,
  DIRECT_TOLERANCE,
  formatTolerance,
  MODEL_TOLERANCE,
} from "./pair_table.ts";
import { fails, holds, type Site, type Step, type Verdict } from "./step.ts";
import { failedRun, trackedPins } from "./twice_step.ts";

export const rescoreStep: Step = {
  name: "rescore",
  claim: "the committed model and a batch of direct, run again, give the committed scores",
  cost: "a minute or two",
  run: scoreAgain,
};

const DATA = "preprocess";
const PROGRAM = "commands/verify/solve_sample.ts";
const PAIRS_SHOWN = 12;
const solvedSchema = z.object({ adapter: z.record(z.string(), z.unknown()), pairs: z.string() });

const verdicts = new WeakMap<Site, Promise<Verdict>>();

/** As the step does; computed once, since the step full asks too. */
export function scoreAgain(site: Site): Promise<Verdict> {
  const known = verdicts.get(site) ?? rescore(site);
  verdicts.set(site, known);
  return known;
}

/** What the committed run says, and what the clone gives. */
interface Comparison {
  readonly clone: Clone;
  readonly committed: Snapshot;
  readonly stages: ReadonlyMap<string, LockedStage>;
}

async function rescore(site: Site): Promise<Verdict> {
  const clone = await Clone.of(site, "rescore");
  const lacking = await bringOwn(clone);
  if (lacking) {
    await clone.remove();
    return lacking;
  }
  const git = new Git(clone.root);
  const commit = (await git.commit("HEAD"))!;
  const committed = await committedTree(git, commit);
  const stages = await lockedStages((path) => readText(committed, path));
  if (!stages.has("evaluate") && !stages.has("direct")) {
    await clone.remove();
    return holds("there is neither a stage evaluate nor a stage direct: nothing to score again");
  }
  // By its stage: of a file beside a .dvc file, `dvc pull` says "up to date" and fetches nothing.
  await clone.pull([...await trackedPins(clone), ...stages.has("evaluate") ? ["train"] : []]);
  const made = await clone.rerun([DATA]);
  if (!made.complete) return failedRun(clone, made);
  const comparison = { clone, committed, stages };
  const data = await otherData(comparison);
  if (data.length > 0) {
    // Scores of other pairs say nothing.
    return fails("the code makes other data than the lock says", [
      ...data,
      `The clone is kept: ${clone.place}`,
    ]);
  }
  const found: Found[] = [];
  let adapter: Adapter | undefined;
  if (stages.has("direct")) {
    const solved = await solveBatch(comparison, commit.hash);
    found.push(solved.found);
    adapter = solved.adapter;
  }
  if (stages.has("evaluate")) {
    const run = await clone.rerun(["--single-item", "evaluate"]);
    if (!run.complete) return failedRun(clone, run);
    found.push(await compareEvaluation(comparison, adapter));
  }
  const problems = found.flatMap(({ problems }) => problems);
  const summary = found.map(({ summary }) => summary).join("; ");
  const tolerances = found.flatMap(({ tolerance }) => tolerance ?? []);
  if (problems.length > 0) {
    return fails(`other scores than committed: ${summary}`, [
      ...problems,
      ...tolerances,
      `The clone is kept: ${clone.place}`,
    ]);
  }
  await clone.remove();
  return holds(summary, tolerances);
}

async function lockedStages(
  read: (path: string) => Promise<string | undefined>,
): Promise<Map<string, LockedStage>> {
  const stages = parseLock(await read("dvc.lock") ?? "", "dvc.yaml", () => ".");
  return new Map(stages.map((stage) => [stage.name, stage]));
}

/** Outputs of the stages before any adapter that are not the recorded ones. */
async function otherData({ clone, stages }: Comparison): Promise<string[]> {
  const again = await lockedStages((path) => Deno.readTextFile(`${clone.root}/${path}`));
  const names = ["check", "download", DATA].filter((name) => stages.has(name));
  return names.flatMap((name) =>
    stages.get(name)!.outs.flatMap(({ path, md5 }) => {
      const now = again.get(name)?.outs.find((out) => out.path === path)?.md5;
      return now === md5 ? [] : [`${path} of stage ${name}: dvc.lock says ${md5}, made is ${now}`];
    })
  );
}

interface Found {
  readonly summary: string;
  readonly problems: readonly string[];
  readonly tolerance?: string;
}

type Adapter = Readonly<Record<string, unknown>>;

/** @throws {Error} when the file is not there */
async function textIn(snapshot: Snapshot, path: string): Promise<string> {
  const text = await readText(snapshot, path);
  if (text === undefined) {
    throw new Error(`Cannot read ${path} in ${snapshot.label}: there is none.`);
  }
  return text;
}

/** Whether everything that the committed run says of its adapters is said of this one. */
async function isSameAdapter(
  { committed, stages }: Comparison,
  adapter: Adapter | undefined,
  names: readonly string[],
): Promise<boolean> {
  const paths = names.flatMap((name) => stages.get(name)?.outs ?? [])
    .map(({ path }) => path).filter((path) => basename(path) === "adapter.json");
  const texts = await Promise.all(paths.map((path) => readText(committed, path)));
  return adapter !== undefined && texts.length > 0 && texts.every((text, i) => {
    const { seed: _, ...own } = parseValues(text ?? "{}", paths[i]);
    return canonicalJson(own) === canonicalJson(adapter);
  });
}

/** One of the batches that the stage direct solves, chosen by the commit: nobody knows it beforehand. */
async function solveBatch(
  comparison: Comparison,
  commit: string,
): Promise<{ found: Found; adapter: Adapter }> {
  const { clone, committed, stages } = comparison;
  const path = "results/direct/pairs.tsv";
  const rows = parseTsv(await textIn(committed, path), path);
  const perBatch = Number(
    pick(stages.get("direct")!.params["params.yaml"], "direct.pairs_per_batch"),
  );
  const batches = Math.ceil(rows.length / perBatch);
  const batch = new Rng(BigInt(`0x${commit.slice(0, 16)}`)).uint32() % batches;
  const chosen = rows.slice(batch * perBatch, (batch + 1) * perBatch);
  clone.site.say(
    `${clone.name}: ${chosen.length} pairs of direct, batch ${batch + 1} of ${batches}`,
  );
  const output = await mustRun("deno", [
    ...["run", "--quiet", "--no-prompt", "--frozen", "--ignore-env"],
    "--allow-read=params.yaml,results/preprocess/scenes_test",
    "--allow-env=DENO_WEBGPU_BACKEND",
    PROGRAM,
    ...chosen.map(({ pair }) => pair),
  ], { cwd: clone.root });
  const { adapter, pairs } = parseJson(lastLines(output, 1)[0], solvedSchema, {
    file: `what ${PROGRAM} printed`,
  });
  const same = await isSameAdapter(comparison, adapter, ["direct"]);
  const tolerance = same ? undefined : DIRECT_TOLERANCE;
  const problems = comparePairs(chosen, parseTsv(pairs, path), tolerance);
  return {
    adapter,
    found: {
      summary: `direct, ${counted(chosen.length, "pair")} (batch ${batch + 1} of ${batches}) ` +
        `${outcome(problems, same)}`,
      problems: shorten(problems, path),
      tolerance: tolerance && formatTolerance("direct", tolerance),
    },
  };
}

function outcome(problems: readonly string[], same: boolean): string {
  if (problems.length > 0) return "differ";
  return same ? "equal" : "within tolerance on another adapter";
}

function shorten(problems: readonly string[], path: string): string[] {
  const shown = problems.slice(0, PAIRS_SHOWN).map((problem) => `${path}: ${problem}`);
  const more = problems.length - shown.length;
  return more > 0 ? [...shown, `${path}: and ${more} more`] : shown;
}

/** The stage evaluate ran in the clone, over the committed model. */
async function compareEvaluation(
  comparison: Comparison,
  adapter: Adapter | undefined,
): Promise<Found> {
  const { clone, committed, stages } = comparison;
  // It writes no adapter.json of its own: only where all name this adapter, bytes must be equal.
  const same = await isSameAdapter(comparison, adapter, ["pretrain", "train", "direct"]);
  const [pairs, metrics] = ["results/evaluate/pairs.tsv", "results/evaluate/metrics.json"];
  const was = (path: string) => textIn(committed, path);
  const is = (path: string) => Deno.readTextFile(`${clone.root}/${path}`);
  const tolerance = same ? undefined : MODEL_TOLERANCE;
  const rows = parseTsv(await was(pairs), pairs);
  const problems = [
    ...shorten(comparePairs(rows, parseTsv(await is(pairs), pairs), tolerance), pairs),
    ...shorten(
      compareScores(
        parseScores(await was(metrics), metrics),
        parseScores(await is(metrics), metrics),
        tolerance,
      ),
      metrics,
    ),
  ];
  if (same && problems.length === 0) {
    const again = await lockedStages((path) => Deno.readTextFile(`${clone.root}/${path}`));
    for (const { path, md5 } of stages.get("evaluate")!.outs) {
      const now = again.get("evaluate")?.outs.find((out) => out.path === path)?.md5;
      if (now !== md5) problems.push(`${path}: dvc.lock says md5 ${md5}, made is ${now}`);
    }
  }
  return {
    summary: `evaluate, ${counted(rows.length, "pair")} ${outcome(problems, same)}`,
    problems,
    tolerance: tolerance && formatTolerance("evaluate", tolerance),
  };
}
