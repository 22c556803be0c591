/**
 * Two runs compared by what DVC recorded of them: the stages that had equal inputs and gave unequal outputs, with the
 * files. Whatever differs after them is their consequence.
 */
import { canonicalJson } from "../../pipeline/train/provenance.ts";
import { type FolderEntry, folderHash } from "../lineage/hashes.ts";
import type { LockedFile, LockedStage } from "../lineage/lock.ts";
import { locate, type Recorded, type Snapshot } from "../lineage/snapshot.ts";

export interface StageRun {
  readonly stage: LockedStage;
  readonly snapshot: Snapshot;
}

export interface DifferingFile extends Recorded {
  /** md5 of the other run; undefined when that has no such file. */
  readonly other: string | undefined;
}

export interface Culprit {
  readonly stage: string;
  readonly files: readonly DifferingFile[];
  readonly first: StageRun;
  readonly second: StageRun;
}

/**
 * @returns in the order of the second lock, which is that of the runs; empty when no stage is to blame
 * @throws {Error} when the runs are not of the same stages
 */
export async function culprits(
  first: { stages: readonly LockedStage[]; snapshot: Snapshot },
  second: { stages: readonly LockedStage[]; snapshot: Snapshot },
): Promise<Culprit[]> {
  const found: Culprit[] = [];
  for (const stage of second.stages) {
    const other = first.stages.find(({ name }) => name === stage.name);
    if (!other) throw new Error(`Only one of the runs has a stage ${stage.name}.`);
    if (inputsOf(stage) !== inputsOf(other)) continue;
    const runs = {
      first: { stage: other, snapshot: first.snapshot },
      second: { stage, snapshot: second.snapshot },
    };
    const files = await differingFiles(runs.first, runs.second);
    if (files.length > 0) found.push({ stage: stage.name, files, ...runs });
  }
  return found;
}

/** Whether two runs of the same stages are the same throughout. */
export function sameRuns(first: readonly LockedStage[], second: readonly LockedStage[]): boolean {
  const all = (stages: readonly LockedStage[]) =>
    stages.map((stage) => inputsOf(stage) + hashes(stage.outs)).sort().join("\n");
  return all(first) === all(second);
}

function inputsOf({ name, cmd, params, deps }: LockedStage): string {
  return canonicalJson({ name, cmd: cmd.split(/\s+/), params, deps: hashes(deps) });
}

function hashes(files: readonly LockedFile[]): string {
  return files.map(({ path, md5 }) => `${path} ${md5}`).sort().join("\n");
}

/** The files of a folder from DVC's store, or from the disk where that is what was recorded; undefined for a file. */
async function entriesOf(
  snapshot: Snapshot,
  { path, md5 }: Recorded,
): Promise<readonly FolderEntry[] | undefined> {
  if (!md5.endsWith(".dir")) return undefined;
  const stored = await snapshot.objects.entries(md5);
  if (stored) return stored;
  const here = await snapshot.entries(path);
  return here && folderHash(here) === md5 ? here : undefined;
}

/** Files of the second run that are not those of the first by what was recorded of both. */
export async function differingFiles(first: StageRun, second: StageRun): Promise<DifferingFile[]> {
  const files: DifferingFile[] = [];
  for (const out of second.stage.outs) {
    const before = first.stage.outs.find(({ path }) => path === out.path);
    if (before?.md5 === out.md5) continue;
    const now = await entriesOf(second.snapshot, out);
    const then = before && await entriesOf(first.snapshot, before);
    if (!now || !then) {
      files.push({ path: out.path, md5: out.md5, other: before?.md5 });
      continue;
    }
    const names = [...new Set([...then, ...now].map(({ relpath }) => relpath))].sort();
    for (const relpath of names) {
      const [md5, other] = [now, then].map((entries) =>
        entries.find((entry) => entry.relpath === relpath)?.md5
      );
      if (md5 === other) continue;
      files.push({ path: `${out.path}/${relpath}`, md5: md5 ?? "absent", other });
    }
  }
  return files;
}

/** Bytes of an output, or of a file in one, wherever Git or DVC keeps them; undefined when they are not here. */
export async function outputBytes(
  { stage, snapshot }: StageRun,
  path: string,
): Promise<Uint8Array | undefined> {
  const [bytes] = await snapshot.read([path]);
  if (bytes) return bytes;
  const out = stage.outs.find((out) => path === out.path || path.startsWith(`${out.path}/`));
  const inner = out && path !== out.path ? path.slice(out.path.length + 1) : undefined;
  const place = out && await locate(snapshot, out, inner);
  return place === undefined ? undefined : await Deno.readFile(place);
}
