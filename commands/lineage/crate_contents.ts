/** The files that go into a crate: the pipeline, its code, the pinned data, and every output that is kept. */
import { join } from "@std/path";
import { hashFile } from "./hashes.ts";
import type { LockedStage, PinnedData } from "./lock.ts";
import { isArchivesFolder } from "./own_archives.ts";
import type { Repository } from "./repository.ts";
import { stageAddress } from "./repository.ts";

export interface CrateFile {
  /** From the root of the repository, and of the crate. */
  readonly path: string;
  readonly bytes: number;
  readonly md5: string;
  readonly sha256: string;
}

export interface CrateContents {
  /** Sorted by path. */
  readonly files: readonly CrateFile[];
  /** Folders that a stage or a .dvc file names, with their files; sorted. */
  readonly folders: readonly { readonly path: string; readonly files: readonly CrateFile[] }[];
  /** Outputs that are never pushed, and own archives: described, but not in the crate. */
  readonly unpushed: ReadonlySet<string>;
}

/** Beside the pipeline, where they exist: how to read, use and set up what is in the crate. */
const COMPANIONS = ["LICENSE", "README.md", "deno.json", "params.yaml", "requirements.txt"];

/** @throws {Error} naming what is not here, and how to get it */
export async function crateContents(
  { snapshot, definitions }: Repository,
  stages: readonly LockedStage[],
  pins: readonly PinnedData[],
): Promise<CrateContents> {
  const { root } = snapshot.git;
  const unpushed = new Set([
    ...stages.flatMap((stage) => definitions.get(stageAddress(stage))?.unpushed ?? []),
    ...stages.flatMap(({ deps }) => deps.filter(isArchivesFolder)).map(({ path }) => path),
  ]);
  const isKept = (path: string) =>
    ![...unpushed].some((out) => path === out || path.startsWith(`${out}/`));
  const named = new Set([
    ...stages.flatMap(({ pipeline, lock }) => [pipeline, lock]),
    ...stages.flatMap(({ deps, outs }) => [...deps, ...outs]).map(({ path }) => path),
    ...pins.flatMap(({ pin, path }) => [pin, path]),
  ]);
  const files = new Map<string, CrateFile>();
  const folders: { path: string; files: CrateFile[] }[] = [];
  const add = (path: string): CrateFile => {
    const place = join(root, path);
    const file = files.get(path) ?? {
      path,
      bytes: Deno.statSync(place).size,
      md5: hashFile(place, "md5"),
      sha256: hashFile(place, "sha256"),
    };
    files.set(path, file);
    return file;
  };
  for (const path of [...named].filter(isKept).sort()) {
    if (await snapshot.location(path) === undefined) {
      throw new Error(
        `Cannot put ${path} into the crate: it is not here. Get it with: ./run dvc pull --allow-missing`,
      );
    }
    const entries = await snapshot.entries(path);
    if (!entries) add(path);
    else folders.push({ path, files: entries.map(({ relpath }) => add(`${path}/${relpath}`)) });
  }
  for (const path of COMPANIONS) if (await isFile(join(root, path))) add(path);
  return { files: [...files.values()].sort(byPath), folders, unpushed };
}

function byPath(a: CrateFile, b: CrateFile): number {
  return a.path < b.path ? -1 : 1;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
