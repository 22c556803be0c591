/**
 * Whether recorded runs are those of the tree: the files are the recorded ones, parameters and dvc.yaml say what the
 * run had, each stage read what the other wrote, and all of it is committed.
 */
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import type { LockedFile, LockedStage, PinnedData } from "./lock.ts";
import { originName, originsOf, type Repository, stageAddress } from "./repository.ts";
import type { Recorded } from "./snapshot.ts";
import { flatten, pick } from "./values.ts";

/** Of a file against its recorded hash; absent when it is not here to be hashed. */
export type FileState = "same" | "differs" | "absent";

export interface CheckResult {
  readonly states: (file: Recorded) => FileState;
  /** A sentence each, without a full stop. */
  readonly problems: string[];
  /** Not those that lie in another. */
  readonly absent: string[];
  readonly checked: number;
}

export async function checkStages(
  repository: Repository,
  stages: readonly LockedStage[],
  pins: readonly PinnedData[],
): Promise<CheckResult> {
  const files = new Map<string, { file: LockedFile; users: string[] }>();
  const add = (file: LockedFile, user: string) => {
    const key = fileKey(file);
    const known = files.get(key) ?? { file, users: [] };
    known.users.push(user);
    files.set(key, known);
  };
  for (const stage of stages) {
    for (const out of stage.outs) add(out, `what stage ${stageAddress(stage)} wrote`);
    for (const dep of stage.deps) add(dep, `what stage ${stageAddress(stage)} read`);
  }
  for (const pin of pins) add(pin, `what ${pin.pin} pins`);
  const list = [...files.values()];
  const hashes = await repository.snapshot.hashes(list.map(({ file }) => file));
  const found = new Map(list.map(({ file }, i) => [fileKey(file), hashes[i]]));
  for (const { file } of list) {
    if (found.get(fileKey(file)) === undefined) {
      found.set(fileKey(file), await hashFromWhole(file, repository, found));
    }
  }
  const states = (file: Recorded): FileState => {
    const hash = found.get(fileKey(file));
    return hash === undefined ? "absent" : hash === file.md5 ? "same" : "differs";
  };
  const changed = list.filter(({ file }) => states(file) === "differs").map(({ file, users }) =>
    `${file.path} is not ${users.join(", nor ")}: recorded is md5 ${file.md5}, ` +
    `here it has ${found.get(fileKey(file))}`
  );
  const problems = [...changed];
  for (const stage of stages) {
    problems.push(...changedParams(stage, repository));
    problems.push(...changedDefinition(stage, repository));
    problems.push(...await brokenLinks(stage, repository));
  }
  problems.push(...await uncommittedFiles(repository, stages, pins));
  return {
    states,
    problems,
    absent: outermost(list.map(({ file }) => file).filter((file) => states(file) === "absent")),
    checked: [...found.values()].filter((hash) => hash !== undefined).length,
  };
}

function fileKey({ path, md5 }: Recorded): string {
  return `${md5} ${path}`;
}

/**
 * The hash of a part of a folder output that only DVC keeps: known when all of the output was found as recorded.
 */
async function hashFromWhole(
  { path }: Recorded,
  repository: Repository,
  found: ReadonlyMap<string, string | undefined>,
): Promise<string | undefined> {
  for (const { out } of originsOf(repository, path)) {
    if (path.startsWith(`${out.path}/`) && found.get(fileKey(out)) === out.md5) {
      return await repository.snapshot.objects.hashInside(
        out.md5,
        path.slice(out.path.length + 1),
      );
    }
  }
}

function outermost(files: readonly Recorded[]): string[] {
  const paths = [...new Set(files.map(({ path }) => path))].sort();
  return paths.filter((path) => !paths.some((outer) => path.startsWith(`${outer}/`)));
}

function changedParams(stage: LockedStage, { params }: Repository): string[] {
  return Object.entries(stage.params).flatMap(([file, recorded]) => {
    const current = Object.fromEntries(
      Object.keys(recorded).map((name) => [name, pick(params.get(file), name)]),
    );
    const [was, is] = [flatten(recorded), flatten(current)];
    return [...new Set([...Object.keys(was), ...Object.keys(is)])]
      .filter((name) => canonicalJson(was[name]) !== canonicalJson(is[name]))
      .map((name) =>
        `${name} ${
          was[name] === undefined ? "was not there" : `was ${JSON.stringify(was[name])}`
        } ` +
        `in the run of stage ${stageAddress(stage)}, ${file} ` +
        (is[name] === undefined ? "has none" : `says ${JSON.stringify(is[name])}`)
      );
  });
}

function changedDefinition(stage: LockedStage, { definitions }: Repository): string[] {
  const { pipeline, lock } = stage;
  const name = stageAddress(stage);
  const defined = definitions.get(stageAddress(stage));
  if (!defined) return [`${pipeline} has no stage ${name}, ${lock} has a run of it`];
  const problems: string[] = [];
  if (words(defined.cmd) !== words(stage.cmd)) {
    problems.push(`stage ${name} ran another command than ${pipeline} says`);
  }
  const paths = (files: readonly LockedFile[]) => files.map(({ path }) => path);
  const params = (files: Record<string, object>) =>
    Object.entries(files).flatMap(([file, names]) =>
      (Array.isArray(names) ? names : Object.keys(names)).map((key) => `${file}:${key}`)
    );
  const kinds: [string, readonly string[], readonly string[]][] = [
    ["dependency", defined.deps, paths(stage.deps)],
    ["output", defined.outs, paths(stage.outs)],
    ["parameter", params(defined.params), params(stage.params)],
  ];
  for (const [kind, now, then] of kinds) {
    for (const path of now.filter((path) => !then.includes(path))) {
      problems.push(
        `${path} is a ${kind} of stage ${name} in ${pipeline}, and was none when it ran`,
      );
    }
    for (const path of then.filter((path) => !now.includes(path))) {
      problems.push(
        `${path} was a ${kind} of stage ${name} when it ran, and is none in ${pipeline}`,
      );
    }
  }
  return problems;
}

function words(command: string): string {
  return command.split(/\s+/).join(" ").trim();
}

/** What a stage read is what the other wrote, by their records alone. */
async function brokenLinks(stage: LockedStage, repository: Repository): Promise<string[]> {
  const problems: string[] = [];
  const name = stageAddress(stage);
  const { snapshot } = repository;
  for (const dep of stage.deps) {
    const origins = originsOf(repository, dep.path);
    if (origins.length === 0 && snapshot.commit && !isInGit(dep.path, repository)) {
      problems.push(
        `nothing explains ${dep.path}, which stage ${name} read: no stage in dvc.lock wrote it, ` +
          `no .dvc file pins it, and Git does not know it`,
      );
    }
    for (const origin of origins) {
      const { out } = origin;
      const written = dep.path === out.path
        ? out.md5
        : dep.path.startsWith(`${out.path}/`)
        ? await snapshot.objects.hashInside(
          out.md5,
          dep.path.slice(out.path.length + 1),
        )
        : undefined;
      if (written === undefined || written === dep.md5) continue;
      const writer = "stage" in origin
        ? `stage ${originName(origin)} wrote`
        : `${originName(origin)} pins`;
      problems.push(
        `stage ${name} read ${dep.path} with md5 ${dep.md5}, ${writer} it with ${written}`,
      );
    }
  }
  return problems;
}

function isInGit(path: string, { paths }: Repository): boolean {
  return paths.has(path) || [...paths].some((file) => file.startsWith(`${path}/`));
}

async function uncommittedFiles(
  { snapshot }: Repository,
  stages: readonly LockedStage[],
  pins: readonly PinnedData[],
): Promise<string[]> {
  const paths = new Set([
    ...stages.flatMap(({ pipeline, lock, params, deps, outs }) => [
      pipeline,
      lock,
      ...Object.keys(params),
      ...[...deps, ...outs].map(({ path }) => path),
    ]),
    ...pins.map(({ pin }) => pin),
  ]);
  const uncommitted = await snapshot.uncommitted([...paths]);
  return uncommitted.length === 0 ? [] : [`not committed: ${uncommitted.sort().join(", ")}`];
}
