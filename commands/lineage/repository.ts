/**
 * All that DVC and its files say about a tree: every stage that ran, every stage that should run, and pinned data;
 * and who made a file.
 */
import { readYaml } from "../../pipeline/common/io/yaml.ts";
import { type DefinedStage, definedStages } from "./definition.ts";
import {
  type LockedFile,
  type LockedStage,
  lockOf,
  parseLock,
  parsePin,
  type PinnedData,
} from "./lock.ts";
import { isOwnInput } from "./own_archives.ts";
import { readText, type Snapshot } from "./snapshot.ts";

export interface Repository {
  readonly snapshot: Snapshot;
  /** All files that Git knows or would add. */
  readonly paths: ReadonlySet<string>;
  readonly stages: readonly LockedStage[];
  /** By `stageAddress`. */
  readonly definitions: ReadonlyMap<string, DefinedStage>;
  readonly pins: readonly PinnedData[];
  /** Parsed params files by path, as they are in the tree. */
  readonly params: ReadonlyMap<string, unknown>;
}

/** Who made a file, or the folder that it lies in, or what lies in it. */
export type Origin =
  | { readonly stage: LockedStage; readonly out: LockedFile }
  | { readonly pin: PinnedData; readonly out: LockedFile };

/** As on the command line of DVC: NAME in the root's dvc.yaml, else FILE:NAME. */
export function stageAddress({ pipeline, name }: Pick<LockedStage, "pipeline" | "name">): string {
  return pipeline === "dvc.yaml" ? name : `${pipeline}:${name}`;
}

/** What makes the outputs of a pipeline anew; plain `dvc repro` leaves all but the root's alone. */
export function rerunCommand(pipeline = "dvc.yaml"): string {
  return pipeline === "dvc.yaml" ? "./run dvc repro" : `./run dvc repro ${pipeline}`;
}

/** The stage's address, or the .dvc file. */
export function originName(origin: Origin): string {
  return "stage" in origin ? stageAddress(origin.stage) : origin.pin.pin;
}

/** @throws {Error} when a file of DVC cannot be read, or nothing has been run */
export async function readRepository(snapshot: Snapshot): Promise<Repository> {
  const paths = await snapshot.paths();
  const pipelines = pipelinesOf(paths);
  const pinFiles = paths.filter((path) => path.endsWith(".dvc"));
  const stages: LockedStage[] = [];
  const definitions = new Map<string, DefinedStage>();
  for (const pipeline of pipelines) {
    const written = await readText(snapshot, pipeline) ?? "";
    const defined = await definedStages(written, pipeline, (path) => readText(snapshot, path));
    for (const stage of defined) {
      definitions.set(stageAddress({ pipeline, name: stage.name }), stage);
    }
    const lock = await readText(snapshot, lockOf(pipeline));
    if (lock === undefined) continue;
    const folderOf = (name: string) => {
      const family = name.split("@")[0];
      return defined.find((stage) => stage.name.split("@")[0] === family)?.folder ?? ".";
    };
    stages.push(...parseLock(lock, pipeline, folderOf));
  }
  if (stages.length === 0) {
    throw new Error(
      `Nothing has been run in ${snapshot.label}: there is no dvc.lock. Run: ./run dvc repro`,
    );
  }
  const pins: PinnedData[] = [];
  for (const path of pinFiles) pins.push(...parsePin(await readText(snapshot, path) ?? "", path));
  const params = new Map<string, unknown>();
  for (const path of new Set(stages.flatMap((stage) => Object.keys(stage.params)))) {
    params.set(path, readYaml(await readText(snapshot, path) ?? "", { file: path }));
  }
  return { snapshot, paths: new Set(paths), stages, definitions, pins, params };
}

/** Every dvc.yaml among the paths, the root's first. */
export function pipelinesOf(paths: readonly string[]): string[] {
  return paths.filter((path) => /(^|\/)dvc\.yaml$/.test(path)).sort(byDepth);
}

function byDepth(a: string, b: string): number {
  return a.split("/").length - b.split("/").length || (a < b ? -1 : 1);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** Stages and pins whose outs are the path, hold it, or lie in it. */
export function originsOf({ stages, pins }: Repository, path: string): Origin[] {
  const touches = (out: LockedFile) => isWithin(path, out.path) || isWithin(out.path, path);
  return [
    ...stages.flatMap((stage) => stage.outs.filter(touches).map((out) => ({ stage, out }))),
    ...pins.filter(touches).map((pin) => ({ pin, out: pin })),
  ];
}

/** Where what a stage read comes from. A copy in own/NAME comes from the first stage that wrote the same bytes, if one did. */
export function sourcesOf(repository: Repository, dep: LockedFile): Origin[] {
  const origins = originsOf(repository, dep.path);
  if (origins.length > 0 || !isOwnInput(dep)) return origins;
  return repository.stages.flatMap((stage) =>
    stage.outs.filter(({ md5 }) => md5 === dep.md5).map((out) => ({ stage, out }))
  ).slice(0, 1);
}
