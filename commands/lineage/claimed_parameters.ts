/**
 * The parameters that outputs say they were made with, against those of dvc.lock: of a model in its metadata, of scores and splits
 * in the file that holds them.
 */
import { basename } from "@std/path";
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { type MadeBy, parseMadeByKey } from "../../pipeline/common/io/made_by.ts";
import { parseMadeBy } from "../../pipeline/common/io/model_metadata.ts";
import { readSafetensors } from "../../pipeline/common/io/safetensors.ts";
import type { LockedFile, LockedStage } from "./lock.ts";
import { originsOf, type Repository } from "./repository.ts";
import { fileIn, outputContent } from "./snapshot.ts";
import { flatten, type Values } from "./values.ts";

export const MODEL = "model.safetensors";
/** Which of a stage's outputs, or of the files in one, say it beside models. */
const MADE_BY_FILES = ["metrics.json", "splits.json"];

/** The parameters that a model was made with. */
export async function modelMadeBy(
  repository: Repository,
  stage: LockedStage,
  out: LockedFile,
): Promise<string[]> {
  const bytes = await outputContent(repository.snapshot, out);
  if (!bytes) return [];
  const { metadata } = readSafetensors(bytes, out.path);
  return madeByProblems(repository, stage, out.path, parseMadeBy(metadata, out.path));
}

/** What lets scores and splits say it: a revision without this module wrote none that do. A stage depends on its folder. */
const RECORDER = "pipeline/common/io/made_by.ts";

/** The parameters that scores or splits were made with: of stages that write no model. */
export async function recordMadeBy(repository: Repository, stage: LockedStage): Promise<string[]> {
  const { outs } = stage;
  if (outs.some(({ path }) => basename(path) === MODEL)) return [];
  const problems: string[] = [];
  for (const out of outs) {
    for (const name of MADE_BY_FILES) {
      const record = await fileIn(repository.snapshot, out, name);
      if (!record) continue;
      const claimed = parseMadeByKey(...record);
      if (claimed === undefined && !repository.paths.has(RECORDER)) continue;
      problems.push(...madeByProblems(repository, stage, record[1], claimed ?? {}));
    }
  }
  return problems;
}

/** An output names the parameters of its stage, and of those that the model went through, and no others. */
function madeByProblems(
  repository: Repository,
  stage: LockedStage,
  path: string,
  claimed: MadeBy,
): string[] {
  const problems: string[] = [];
  const makers = new Map(
    makersOf(repository, stage).flatMap((maker) =>
      sectionNames(maker).map((name) => [name, maker] as const)
    ),
  );
  for (const [name, maker] of makers) {
    if (Object.hasOwn(claimed, name)) continue;
    const section = name === maker.name ? "" : ` (section ${name})`;
    problems.push(
      `${path} does not say with what parameters stage ${maker.name} made it${section}`,
    );
  }
  for (const [name, values] of Object.entries(claimed)) {
    const maker = makers.get(name);
    if (!maker) problems.push(`${path} says that stage ${name} made it, dvc.lock does not`);
    else {
      problems.push(
        ...differences(recordedSection(maker, name), flatten(values)).map(
          ([key, recorded, own]) =>
            `${path} was made with ${name}.${key} = ${own}, dvc.lock says ${recorded} ` +
            `(stage ${maker.name})`,
        ),
      );
    }
  }
  return problems;
}

/** The stage, and before it those that made the model it started from. */
function makersOf(repository: Repository, stage: LockedStage): LockedStage[] {
  const earlier = stage.deps.filter(({ path }) => basename(path) === MODEL)
    .flatMap(({ path }) => originsOf(repository, path))
    .flatMap((origin) => "stage" in origin ? makersOf(repository, origin.stage) : []);
  return [...earlier, stage];
}

/** The sections of which a stage's run recorded anything. */
function sectionNames({ params }: LockedStage): string[] {
  const keys = Object.values(params).flatMap((values) => Object.keys(flatten(values)));
  return [...new Set(keys.map((key) => key.split(".")[0]))];
}

/** All of a section that a stage's run recorded, by names without the section's. */
export function recordedSection({ params }: LockedStage, name: string): Values {
  const prefix = `${name}.`;
  const all = Object.values(params).flatMap((values) => Object.entries(flatten(values)));
  return Object.fromEntries(
    all.filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/** Keys with another value, or that only one has: as they are to be shown. */
function differences(
  recorded: Values,
  own: Values,
): [key: string, recorded: string, own: string][] {
  const shown = (value: unknown) => value === undefined ? "nothing" : JSON.stringify(value);
  return [...new Set([...Object.keys(recorded), ...Object.keys(own)])]
    .filter((key) => canonicalJson(recorded[key]) !== canonicalJson(own[key]))
    .map((key) => [key, shown(recorded[key]), shown(own[key])]);
}
