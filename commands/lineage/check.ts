/**
 * Whether recorded runs are those of the tree: the files are the recorded ones, parameters and dvc.yaml say what the
 * run had, each stage read what the other wrote, outputs say of themselves what was recorded, and all of it is committed.
 */
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { isCode } from "../contract.ts";
import { moduleMapProblems } from "../module_map.ts";
import { CONFIGURATION } from "../redirections.ts";
import { hiddenCode } from "../hidden_code.ts";
import { claimProblems } from "./claims.ts";
import { type CodeFolder, codeFolder, describeChanges } from "./code_folder.ts";
import { FOLDER_SUFFIX, folderHash } from "./hashes.ts";
import type { LockedFile, LockedStage, PinnedData } from "./lock.ts";
import { hasOwnArchives, isArchivesFolder, isOwnInput, NO_FILES } from "./own_archives.ts";
import { originName, originsOf, type Repository, stageAddress } from "./repository.ts";
import type { Recorded } from "./snapshot.ts";
import { flatten, pick } from "./values.ts";

/** Of a file against its recorded hash; absent when it is not here to be hashed. */
export type FileState = "same" | "differs" | "absent";

const USERS_NAMED = 4;

export interface CheckResult {
  readonly states: (file: Recorded) => FileState;
  /** The files of a folder of code that a stage depends on; undefined for all else, and when nothing tells them. */
  readonly codeOf: (file: Recorded) => CodeFolder | undefined;
  /** A sentence each, without a full stop. */
  readonly problems: string[];
  /** Folders that stages read, of which outputs of other stages are not here; DVC takes what is left for a change. */
  readonly partial: ReadonlySet<string>;
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
  const partial = new Set<string>();
  for (const { file } of list) {
    if (hasOwnArchives(file) && found.get(fileKey(file)) === NO_FILES) {
      // Somebody else's, of which a clone has nothing.
      found.set(fileKey(file), undefined);
    } else if (found.get(fileKey(file)) === undefined) {
      found.set(fileKey(file), await hashFromWhole(file, repository, found));
    } else if (await lacksParts(file, repository)) {
      partial.add(file.path);
      found.set(fileKey(file), await hashFromParts(file, repository, found));
    }
  }
  const states = (file: Recorded): FileState => {
    const hash = found.get(fileKey(file));
    return hash === undefined ? "absent" : hash === file.md5 ? "same" : "differs";
  };
  const code = new Map<string, CodeFolder | undefined>();
  for (const { file } of list.filter(({ file }) => isCodeFolder(file))) {
    code.set(fileKey(file), await codeFolder(repository.snapshot, file));
  }
  const codeOf = (file: Recorded) => code.get(fileKey(file));
  const problems = list.filter(({ file }) => states(file) === "differs").map(({ file, users }) =>
    `${file.path} is not ${allUsers(users)}: recorded is md5 ${file.md5}, ` +
    `here it has ${found.get(fileKey(file))}` +
    (isCodeFolder(file) ? `; ${describeChanges(codeOf(file))}` : "")
  );
  for (const { file, users } of list) {
    if (states(file) !== "same") continue;
    const unknown = (codeOf(file)?.files ?? []).filter(({ path }) => !repository.paths.has(path));
    if (!repository.snapshot.commit || unknown.length === 0) continue;
    problems.push(`Git ignores ${unknown.map(({ path }) => path).join(", ")}, part of ${users[0]}`);
  }
  for (const stage of stages) {
    problems.push(...changedParams(stage, repository));
    problems.push(...changedDefinition(stage, repository));
    problems.push(...await brokenLinks(stage, repository));
  }
  const [configuration] = await repository.snapshot.read([CONFIGURATION]);
  problems.push(...moduleMapProblems(repository.paths, configuration));
  const folders = list.map(({ file }) => file).filter(isCodeFolder).map(({ path }) => path);
  const { hidden } = repository.snapshot;
  problems.push(...await hiddenCode(hidden, folders, repository.paths));
  problems.push(...await claimProblems(repository, stages));
  problems.push(...await uncommittedFiles(repository, stages, pins));
  return {
    states,
    codeOf,
    partial,
    problems,
    absent: outermost(list.map(({ file }) => file).filter((file) => states(file) === "absent")),
    checked: [...found.values()].filter((hash) => hash !== undefined).length,
  };
}

/** The matrices of a sweep have many cells, which all read the same. */
function allUsers(users: readonly string[]): string {
  const named = users.slice(0, USERS_NAMED);
  const others = users.length - named.length;
  return [...named, ...others > 0 ? [`what ${others} more recorded`] : []].join(", nor ");
}

/** A folder that people write and a stage depends on. */
export function isCodeFolder({ path, md5 }: Recorded): boolean {
  return isCode(path) && md5.endsWith(FOLDER_SUFFIX);
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

/** What stages wrote below a folder that is itself the output of none. */
function partsOf(repository: Repository, { path }: Recorded): LockedFile[] {
  return originsOf(repository, path).map(({ out }) => out)
    .filter((out) => out.path.startsWith(`${path}/`));
}

/** Whether a folder on the disk is only what Git keeps of it, and some outputs below it are not here. */
async function lacksParts(file: Recorded, repository: Repository): Promise<boolean> {
  for (const { path } of partsOf(repository, file)) {
    if (await repository.snapshot.location(path) === undefined) return true;
  }
  return false;
}

/** The hash of a folder from the records of the outputs below it, each found as recorded, and from Git's files. */
async function hashFromParts(
  file: Recorded,
  repository: Repository,
  found: ReadonlyMap<string, string | undefined>,
): Promise<string | undefined> {
  const { snapshot } = repository;
  const parts = partsOf(repository, file);
  const isPart = (path: string) =>
    parts.some((part) => path === part.path || path.startsWith(`${part.path}/`));
  const entries = (await snapshot.entries(file.path) ?? [])
    .filter(({ relpath }) => !isPart(`${file.path}/${relpath}`));
  for (const part of parts) {
    if (found.get(fileKey(part)) !== part.md5) return undefined;
    const relpath = part.path.slice(file.path.length + 1);
    if (!part.md5.endsWith(FOLDER_SUFFIX)) {
      entries.push({ md5: part.md5, relpath });
      continue;
    }
    const inner = await snapshot.entries(part.path) ?? await snapshot.objects.entries(part.md5);
    if (!inner) return undefined;
    entries.push(...inner.map((entry) => ({ ...entry, relpath: `${relpath}/${entry.relpath}` })));
  }
  return folderHash(entries);
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
    const isKnown = origins.length > 0 || isInGit(dep.path, repository) || isOwnInput(dep);
    if (snapshot.commit && !isKnown) {
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
  const uncommitted = new Set(await snapshot.uncommitted([...paths]));
  const withTexts = (dep: LockedFile) => isCodeFolder(dep) || isArchivesFolder(dep);
  for (const folder of stages.flatMap(({ deps }) => deps.filter(withTexts))) {
    if (![...uncommitted].some((path) => path.startsWith(`${folder.path}/`))) continue;
    for (const path of await snapshot.git.hiddenFromDvc(folder.path)) uncommitted.delete(path);
  }
  const list = [...uncommitted].sort().join(", ");
  return list === "" ? [] : [`not committed: ${list}`];
}
