/**
 * What outputs say of themselves against what dvc.lock says of them. `dvc commit` and `dvc exp save` write the present
 * parameters and hashes down for files that were made with others; the files still know better.
 */
import { basename } from "@std/path";
import { parseSplits } from "../../pipeline/common/io/splits.ts";
import { parseManifest } from "../../pipeline/fetch/manifest.ts";
import { type ScoreFile, scoreProblems } from "./claimed_scores.ts";
import { curveProblems } from "./claimed_curves.ts";
import { MODEL, modelMadeBy, recordedSection, recordMadeBy } from "./claimed_parameters.ts";
import type { LockedFile, LockedStage } from "./lock.ts";
import type { Repository } from "./repository.ts";
import { fileIn, locate, outputContent } from "./snapshot.ts";
import { parseValues } from "./values.ts";

const SCORE_FILES: readonly ScoreFile[] = ["metrics.json", "summary.json", "pairs.tsv"];

/** What adapter.json must tell at least. */
const ADAPTER_FIELDS: Readonly<Record<string, "string" | "boolean">> = {
  backend: "string",
  vendor: "string",
  architecture: "string",
  device: "string",
  description: "string",
  fallback: "boolean",
  subgroupsOfEight: "boolean",
};

/**
 * A sentence for each contradiction, without a full stop. Outputs that are not here are not looked at.
 * @param stages whose outputs are looked at; the lock may know more
 */
export async function claimProblems(
  repository: Repository,
  stages: readonly LockedStage[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const stage of stages) {
    for (const out of stage.outs) {
      const check = CHECKS[basename(out.path)];
      if (check) problems.push(...await tried(out, () => check(repository, stage, out)));
    }
    problems.push(...await tried(stage.outs[0], () => recordMadeBy(repository, stage)));
    problems.push(...await tried(stage.outs[0], () => scoresOf(repository, stage)));
    problems.push(...await tried(stage.outs[0], () => curvesOf(repository, stage)));
    problems.push(...await tried(stage.outs[0], () => listsOf(repository, stage)));
  }
  return problems;
}

type Check = (repository: Repository, stage: LockedStage, out: LockedFile) => Promise<string[]>;

const CHECKS: Readonly<Record<string, Check>> = {
  [MODEL]: modelMadeBy,
  "adapter.json": adapter,
};

/** A file that cannot be read is a problem, not the end. */
async function tried(
  out: LockedFile | undefined,
  check: () => Promise<string[]>,
): Promise<string[]> {
  try {
    return await check();
  } catch (error) {
    const [first] = (error as Error).message.split("\n");
    return [`${out?.path} does not say what it is: ${first}`];
  }
}

async function textOf({ snapshot }: Repository, out: LockedFile): Promise<string | undefined> {
  const bytes = await outputContent(snapshot, out);
  return bytes && new TextDecoder().decode(bytes);
}

const kindOf = (value: unknown): string => typeof value;

async function adapter(
  repository: Repository,
  stage: LockedStage,
  out: LockedFile,
): Promise<string[]> {
  const text = await textOf(repository, out);
  if (text === undefined) return [];
  const own = parseValues(text, out.path);
  const problems = Object.entries(ADAPTER_FIELDS)
    .filter(([name, type]) => kindOf(own[name]) !== type)
    .map(([name, type]) =>
      `${out.path} must name ${name} (a ${type}), got ${JSON.stringify(own[name]) ?? "nothing"}`
    );
  if (own.fallback === false && kindOf(own.plan) !== "string") {
    problems.push(
      `${out.path} must name the plan of a GPU (a string), got ${own.plan ?? "nothing"}`,
    );
  }
  if (own.description === "") problems.push(`${out.path} has an empty description`);
  const { seed } = recordedSection(stage, stage.name);
  if (seed !== undefined && own.seed !== seed) {
    problems.push(
      `${out.path} has the seed ${JSON.stringify(own.seed) ?? "nothing"}, ` +
        `dvc.lock says ${JSON.stringify(seed)} (stage ${stage.name})`,
    );
  }
  return problems;
}

/** Metrics are those of the table of pairs. */
async function scoresOf(repository: Repository, stage: LockedStage): Promise<string[]> {
  const files: Partial<Record<ScoreFile, { path: string; text: string }>> = {};
  for (const name of SCORE_FILES) {
    const out = stage.outs.find(({ path }) => basename(path) === name);
    const text = out && await textOf(repository, out);
    if (text !== undefined) files[name] = { path: out!.path, text };
  }
  const { pipeline } = stage;
  const drawn = repository.stages.filter((other) => other.pipeline === pipeline)
    .map((other) => recordedSection(other, "preprocess").scenes_test)
    .find((count) => typeof count === "number") as number | undefined;
  return scoreProblems(files, drawn);
}

/** Curves have the rows that the recorded numbers of steps ask for. */
async function curvesOf(repository: Repository, stage: LockedStage): Promise<string[]> {
  const section = recordedSection(stage, stage.name);
  if (typeof section.steps !== "number") return [];
  const texts: Record<string, string | undefined> = {};
  const outNamed = (name: string) => stage.outs.find(({ path }) => basename(path) === name);
  const curves = outNamed("curves");
  for (const name of curves ? ["loss.tsv", "validation.tsv"] : []) {
    const place = await locate(repository.snapshot, curves!, name);
    if (place !== undefined) texts[name] = await Deno.readTextFile(place);
  }
  const metrics = outNamed("metrics.json");
  texts["metrics.json"] = metrics && await textOf(repository, metrics);
  return curveProblems(`results/${stage.name}`, texts, section);
}

/** Sources and splits are listed as they were asked for. */
async function listsOf({ snapshot }: Repository, stage: LockedStage): Promise<string[]> {
  const section = recordedSection(stage, stage.name);
  const problems: string[] = [];
  for (const out of stage.outs) {
    const manifest = await fileIn(snapshot, out, "manifest.json");
    if (manifest && Array.isArray(section.sources)) {
      const [listed, wanted] = [parseManifest(...manifest).map(({ name }) => name), section.sources]
        .map((names) => names.join(", "));
      if (listed !== wanted) {
        problems.push(`${out.path} holds ${listed || "no source"}, dvc.lock says ${wanted}`);
      }
    }
    const list = await fileIn(snapshot, out, "splits.json");
    for (const { split, pairs } of list ? parseSplits(...list) : []) {
      const wanted = section[split];
      if (wanted !== undefined && wanted !== pairs) {
        problems.push(`${out.path} holds ${pairs} pairs of ${split}, dvc.lock says ${wanted}`);
      }
    }
  }
  return problems;
}
