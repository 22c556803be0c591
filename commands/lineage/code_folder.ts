/**
 * Folders of code that a stage depends on. dvc.lock has one hash for all files of such a folder and no store keeps
 * them, Git does: the commit whose folder has the recorded hash says which files the run had, and so which changed.
 */
import type { Commit } from "./git.ts";
import { comparePaths, type FolderEntry, folderHash } from "./hashes.ts";
import { committedEntries, type Recorded, type Snapshot } from "./snapshot.ts";

/** Of a file against what the run had; gone and added say how the folder changed since. */
export type CodeState = "same" | "differs" | "gone" | "added";

export interface CodeFile extends Recorded {
  /** From the root; `md5` is that of the run, of an added file its own. */
  readonly state: CodeState;
}

export interface CodeFolder {
  /** Sorted by path. */
  readonly files: readonly CodeFile[];
  /** Has the folder as the run had it; absent when the tree itself has. */
  readonly commit?: Commit;
}

const COMMITS_SEARCHED = 200;
const FILES_NAMED = 8;

/**
 * The files of a folder as a run had them, against those of the tree.
 * @returns undefined when neither the tree nor any commit up to it has the folder with the recorded hash
 */
export async function codeFolder(
  snapshot: Snapshot,
  folder: Recorded,
): Promise<CodeFolder | undefined> {
  const here = await snapshot.entries(folder.path) ?? [];
  if (folderHash(here) === folder.md5) {
    return { files: here.map((entry) => file(folder, entry, "same")) };
  }
  const found = await recordedEntries(snapshot, folder);
  if (!found) return undefined;
  const { entries, commit } = found;
  const now = new Map(here.map(({ relpath, md5 }) => [relpath, md5]));
  const then = new Set(entries.map(({ relpath }) => relpath));
  const recorded = entries.map((entry) => {
    const md5 = now.get(entry.relpath);
    return file(folder, entry, md5 === undefined ? "gone" : md5 === entry.md5 ? "same" : "differs");
  });
  const added = here.filter(({ relpath }) => !then.has(relpath))
    .map((entry) => file(folder, entry, "added"));
  return { files: [...recorded, ...added].sort((a, b) => comparePaths(a.path, b.path)), commit };
}

function file({ path }: Recorded, { relpath, md5 }: FolderEntry, state: CodeState): CodeFile {
  return { path: `${path}/${relpath}`, md5, state };
}

/** Every state that a folder had in a commit is that of a commit which changed it. */
async function recordedEntries(
  { git, commit }: Snapshot,
  { path, md5 }: Recorded,
): Promise<{ entries: FolderEntry[]; commit: Commit } | undefined> {
  if (!commit) return undefined;
  const history = await git.history(path, commit.hash);
  for (const candidate of history.slice(0, COMMITS_SEARCHED)) {
    const entries = await committedEntries(git, candidate, path);
    if (entries && folderHash(entries) === md5) return { entries, commit: candidate };
  }
}

/** Which files changed since the run, in a clause. */
export function describeChanges(folder: CodeFolder | undefined): string {
  if (!folder) return "no commit has the recorded content, so the changed file cannot be named";
  const { files, commit } = folder;
  const verbs: Record<CodeState, string> = {
    same: "",
    differs: "has changed",
    gone: "is gone",
    added: "was added",
  };
  const changed = files.filter(({ state }) => state !== "same");
  const named = changed.slice(0, FILES_NAMED).map(({ path, state }) => `${path} ${verbs[state]}`);
  const more = changed.length > FILES_NAMED ? [`${changed.length - FILES_NAMED} files more`] : [];
  return `since commit ${commit?.hash.slice(0, 7)} ${[...named, ...more].join(", ")}`;
}
