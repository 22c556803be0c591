/**
 * The lineage of a file or of one number in it: the stage that wrote it, what that stage read, who wrote that, and
 * so on back to the archives; with every hash recomputed that is here.
 */
import { basename, relative } from "@std/path";
import { isCode } from "../contract.ts";
import { checkStages, type FileState, isCodeFolder } from "./check.ts";
import type { CodeFile } from "./code_folder.ts";
import type { Commit } from "./git.ts";
import type { LockedFile, LockedStage, PinnedData } from "./lock.ts";
import { hasOwnArchives, isOwnInput } from "./own_archives.ts";
import {
  type Origin,
  originName,
  originsOf,
  readRepository,
  type Repository,
  rerunCommand,
  sourcesOf,
  stageAddress,
} from "./repository.ts";
import { recordingCommits } from "./revisions.ts";
import { locate, outputContent, type Snapshot } from "./snapshot.ts";
import { type ArchiveLineage, archivesOf, type Catalogue } from "./sources.ts";
import { didYouMean, flatten, parseValues, valueAt } from "./values.ts";

/** A dependency that is one file, or a folder of code. */
export type DependencyKind = "code" | "kernel" | "module" | "packages" | "data";

export interface FileLineage extends LockedFile {
  readonly state: FileState;
}

export interface Dependency extends FileLineage {
  readonly kind: DependencyKind;
  /** Stages, or the .dvc file, that it comes from; empty for what people write. */
  readonly from: readonly string[];
  /**
   * Of a folder of code: all that the run could read; absent when no commit has the recorded content. Of own archives and
   * frames: what lies there; absent when it is not what the run had.
   */
  readonly files?: readonly CodeFile[];
}

export interface StageLineage {
  /** As on DVC's command line. */
  readonly name: string;
  readonly pipeline: string;
  readonly command: string;
  /** The commit that recorded this run in dvc.lock; absent when none did. */
  readonly commit?: Commit;
  /** By dotted name. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly deps: readonly Dependency[];
  readonly outs: readonly FileLineage[];
  /** The stage's adapter.json: adapter, driver, seed. */
  readonly run?: unknown;
  readonly archives: readonly ArchiveLineage[];
}

export interface PinLineage extends FileLineage {
  readonly pin: string;
}

export interface Lineage {
  readonly file: string;
  readonly md5: string;
  readonly key?: string;
  readonly value?: unknown;
  /** The stage that wrote the file, or the .dvc file that pins it. */
  readonly from: string;
  readonly at: string;
  readonly commit?: Commit;
  readonly intact: boolean;
  /** Why it is not intact, a sentence each. */
  readonly problems: readonly string[];
  /** Paths whose hashes could not be recomputed, because they are not here. */
  readonly absent: readonly string[];
  /** What is not looked at here, a sentence, and by what it is. */
  readonly unchecked: string;
  /** So many hashes were recomputed. */
  readonly checked: number;
  /** The stage that wrote the file first, each before those that it depends on. */
  readonly stages: readonly StageLineage[];
  readonly pins: readonly PinLineage[];
}

const UNCHECKED =
  "Nothing was run again: that the stages give these bytes, ./run deno task verify says; " +
  "of report and the sweep's comparison alone, which only repeat numbers, ./run deno task verify --only remake";

/**
 * @param file from the root of the repository
 * @param key of one number in it, see `valueAt`
 * @throws {Error} when nothing explains the number: no stage wrote the file, it was changed since, it has no such key
 */
export async function traceLineage(
  snapshot: Snapshot,
  file: string,
  key: string | undefined,
  catalogue: Catalogue,
): Promise<Lineage> {
  const repository = await readRepository(snapshot);
  const origin = writerOf(repository, file);
  const md5 = await unchangedHash(snapshot, file, origin);
  const value = key === undefined
    ? undefined
    : valueAt(file, await content(snapshot, file, origin), key);
  return await lineageOf(repository, { file, md5, key, value, origin }, catalogue);
}

/** The stage or pin whose output a file is or lies in. */
function writerOf(repository: Repository, file: string): Origin {
  const origin = originsOf(repository, file).find(({ out }) =>
    file === out.path || file.startsWith(`${out.path}/`)
  );
  if (origin) return origin;
  const outs = repository.stages.flatMap((stage) => stage.outs.map(({ path }) => path));
  throw new Error(
    `Nothing explains ${file}: it is the output of no stage in dvc.lock.${didYouMean(file, outs)}`,
  );
}

function nameOf(origin: Origin): string {
  return "stage" in origin ? `stage ${originName(origin)}` : originName(origin);
}

/** The hash of the file as it is; it must be the recorded one. */
async function unchangedHash(snapshot: Snapshot, file: string, origin: Origin): Promise<string> {
  const { out } = origin;
  const inner = file === out.path ? undefined : relative(out.path, file);
  const recorded = inner === undefined
    ? out.md5
    : await snapshot.objects.hashInside(out.md5, inner);
  const [found] = await snapshot.hashes([{ path: file, md5: recorded ?? "" }]);
  if (found === undefined) {
    throw new Error(
      `${file} is not in ${snapshot.label}. Get what ${nameOf(origin)} wrote with: ` +
        `./run dvc pull ${out.path} (or git checkout, for a file that Git tracks)`,
    );
  }
  if (recorded !== undefined && found !== recorded) {
    throw new Error(
      `Nothing explains ${file}: it is not what ${nameOf(origin)} wrote. ` +
        `Recorded is md5 ${recorded}, the file has ${found}. ` +
        `Get it back with git checkout or ./run dvc checkout, or make it anew with ` +
        rerunCommand("stage" in origin ? origin.stage.pipeline : undefined),
    );
  }
  return found;
}

async function content(snapshot: Snapshot, file: string, { out }: Origin): Promise<string> {
  const [bytes] = await snapshot.read([file]);
  if (bytes) return new TextDecoder().decode(bytes);
  const inner = file === out.path ? undefined : relative(out.path, file);
  return await Deno.readTextFile((await locate(snapshot, out, inner))!);
}

interface Traced extends Pick<Lineage, "file" | "md5" | "key" | "value"> {
  readonly origin: Origin;
}

async function lineageOf(
  repository: Repository,
  { file, md5, key, value, origin }: Traced,
  catalogue: Catalogue,
): Promise<Lineage> {
  const { snapshot } = repository;
  const { stages, pins } = ancestors(repository, [origin]);
  return {
    file,
    md5,
    ...key !== undefined && { key, value },
    from: originName(origin),
    at: snapshot.label,
    ...snapshot.commit && { commit: snapshot.commit },
    ...await describeChain(repository, stages, pins, catalogue),
  };
}

/** What can be said of stages and pins, each in the order given. */
export type Chain = Pick<
  Lineage,
  "intact" | "problems" | "absent" | "unchecked" | "checked" | "stages" | "pins"
>;

export async function describeChain(
  repository: Repository,
  stages: readonly LockedStage[],
  pins: readonly PinnedData[],
  catalogue: Catalogue,
): Promise<Chain> {
  const { snapshot } = repository;
  const { states, codeOf, problems, absent, checked } = await checkStages(repository, stages, pins);
  const commits = await recordingCommits(snapshot, stages);
  const described: StageLineage[] = [];
  for (const stage of stages) {
    const sources = await archivesOf(stage, snapshot, repository.pins, catalogue);
    problems.push(...sources.problems);
    const run = await runOf(snapshot, stage);
    const commit = commits.get(stageAddress(stage));
    described.push({
      name: stageAddress(stage),
      pipeline: stage.pipeline,
      command: stage.cmd,
      ...commit && { commit },
      params: Object.assign({}, ...Object.values(stage.params).map((values) => flatten(values))),
      deps: await Promise.all(stage.deps.map(async (dep) => {
        const files = codeOf(dep)?.files ?? await ownFiles(snapshot, dep, states(dep));
        return {
          ...dep,
          kind: kindOf(dep),
          from: sourcesOf(repository, dep).map(originName),
          state: states(dep),
          ...files && { files },
        };
      })),
      outs: stage.outs.map((out) => ({ ...out, state: states(out) })),
      ...run !== undefined && { run },
      archives: sources.archives,
    });
  }
  return {
    intact: problems.length === 0,
    problems,
    absent,
    unchecked: UNCHECKED,
    checked,
    stages: described,
    pins: pins.map((pin) => ({ ...pin, state: states(pin) })),
  };
}

/** All stages and pins that something comes from: a stage before those it depends on, else as first met. */
export function ancestors(
  repository: Repository,
  origins: readonly Origin[],
): { stages: LockedStage[]; pins: PinnedData[] } {
  const stages: LockedStage[] = [];
  const pins = new Set<PinnedData>();
  const visited = new Set<LockedStage>();
  const visit = (origin: Origin) => {
    if ("pin" in origin) return void pins.add(origin.pin);
    if (visited.has(origin.stage)) return;
    visited.add(origin.stage);
    for (const dep of origin.stage.deps) sourcesOf(repository, dep).forEach(visit);
    // After all that it depends on: reversed, this is the order from the number back to the data.
    stages.push(origin.stage);
  };
  origins.forEach(visit);
  return { stages: stages.reverse(), pins: [...pins] };
}

/** Own archives or frames of the run, when they are here. */
async function ownFiles(
  snapshot: Snapshot,
  dep: LockedFile,
  state: FileState,
): Promise<CodeFile[] | undefined> {
  const isOwn = hasOwnArchives(dep) || isOwnInput(dep);
  if (!isOwn || state !== "same") return undefined;
  return (await snapshot.entries(dep.path))?.map(({ relpath, md5 }) => ({
    path: `${dep.path}/${relpath}`,
    md5,
    state: "same",
  }));
}

function kindOf(dep: LockedFile): DependencyKind {
  const { path } = dep;
  if (isCodeFolder(dep)) return "code";
  if (path.endsWith(".wgsl")) return "kernel";
  if (basename(path) === "deno.lock") return "packages";
  return isCode(path) ? "module" : "data";
}

async function runOf(snapshot: Snapshot, stage: LockedStage): Promise<unknown> {
  const out = stage.outs.find(({ path }) => basename(path) === "adapter.json");
  if (!out) return undefined;
  const bytes = await outputContent(snapshot, out);
  return bytes && parseValues(bytes, out.path);
}
