/**
 * Where a lineage is read from: the working tree, or a commit (which may be an experiment) together with the
 * contents that DVC keeps. The same questions, the same answers.
 */
import { basename, join } from "@std/path";
import type { Commit, Git } from "./git.ts";
import { comparePaths, type FolderEntry, folderHash, hashBytes, hashFile } from "./hashes.ts";
import { ObjectStore } from "./object_store.ts";

export interface Snapshot {
  /** For people, after "in": "the working tree on 1a2b3c4", "experiment NAME, commit 1a2b3c4". */
  readonly label: string;
  readonly git: Git;
  /** The commit that is read, or on which the working tree stands; undefined without Git. */
  readonly commit: Commit | undefined;
  readonly objects: ObjectStore;
  /** All paths that Git knows or would add. */
  paths(): Promise<string[]>;
  /** The bytes of files in Git or the tree; undefined for those that are not there. */
  read(paths: readonly string[]): Promise<(Uint8Array<ArrayBuffer> | undefined)[]>;
  /**
   * Hashes of files and folders as DVC writes them, computed from the bytes.
   * @param expected path and recorded hash; the latter finds contents that only DVC keeps
   * @returns undefined for what is not there
   */
  hashes(expected: readonly Recorded[]): Promise<(string | undefined)[]>;
  /** The files of a folder as DVC hashes them, sorted: without what .dvcignore names. Undefined where there is none. */
  entries(folder: string): Promise<FolderEntry[] | undefined>;
  /** The files of a folder that .dvcignore names. */
  hidden(folder: string): Promise<ReadonlySet<string>>;
  /** Where a file lies on the disk as itself; undefined when it does not. */
  location(path: string): Promise<string | undefined>;
  /** Those that differ from the commit. */
  uncommitted(paths: readonly string[]): Promise<string[]>;
}

export interface Recorded {
  readonly path: string;
  readonly md5: string;
}

/** Text of one file; undefined when it is not there. */
export async function readText(snapshot: Snapshot, path: string): Promise<string | undefined> {
  const [bytes] = await snapshot.read([path]);
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * Where the bytes of an output lie: in the tree, or where DVC keeps them.
 * @param inner a file below it, when it is a folder
 */
export async function locate(
  { location, objects }: Snapshot,
  { path, md5 }: Recorded,
  inner?: string,
): Promise<string | undefined> {
  const here = await location(inner === undefined ? path : join(path, inner));
  if (here !== undefined) return here;
  if (inner === undefined) return await objects.path(md5);
  const entry = (await objects.entries(md5))?.find(({ relpath }) => relpath === inner);
  return entry && await objects.path(entry.md5);
}

/** The bytes of an output that is a file, wherever Git or DVC keeps them; undefined when they are not here. */
export async function outputContent(
  snapshot: Snapshot,
  out: Recorded,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const [bytes] = await snapshot.read([out.path]);
  if (bytes) return bytes;
  const place = await locate(snapshot, out);
  return place === undefined ? undefined : await Deno.readFile(place);
}

/** Content and path of a file that is an output, or lies in one; undefined where there is no such file. */
export async function fileIn(
  snapshot: Snapshot,
  out: Recorded,
  file: string,
): Promise<[content: Uint8Array, path: string] | undefined> {
  if (basename(out.path) === file) {
    const content = await outputContent(snapshot, out);
    return content && [content, out.path];
  }
  const place = await locate(snapshot, out, file);
  if (place !== undefined) return [await Deno.readFile(place), `${out.path}/${file}`];
}

/** The files that lie in the root folder now. */
export async function workingTree(git: Git): Promise<Snapshot> {
  const { root } = git;
  const objects = await ObjectStore.open(root);
  const known = new Map<string, string>();
  const hashOf = async (path: string): Promise<string | undefined> => {
    const info = await statOrUndefined(join(root, path));
    if (!info) return undefined;
    let hash = known.get(path);
    if (hash === undefined) {
      hash = info.isDirectory
        ? folderHash(await entriesOf(path))
        : hashFile(join(root, path), "md5");
      known.set(path, hash);
    }
    return hash;
  };
  const entriesOf = async (folder: string): Promise<FolderEntry[]> => {
    const hidden = await git.hiddenFromDvc(folder);
    const entries: FolderEntry[] = [];
    const walk = async (below: string) => {
      for await (const { name } of Deno.readDir(join(root, folder, below))) {
        const relpath = below === "" ? name : `${below}/${name}`;
        const path = `${folder}/${relpath}`;
        const info = await statOrUndefined(join(root, path));
        if (info?.isDirectory) await walk(relpath);
        else if (info && !hidden.has(path)) entries.push({ md5: (await hashOf(path))!, relpath });
      }
    };
    await walk("");
    return entries.sort(byPath);
  };
  const commit = await git.commit("HEAD");
  return {
    label: `the working tree${commit ? ` on ${commit.hash.slice(0, 7)}` : ""}`,
    git,
    commit,
    objects,
    paths: async () => await git.workingFiles() ?? await rootFiles(root),
    read: (paths) => Promise.all(paths.map((path) => readOrUndefined(join(root, path)))),
    async hashes(expected) {
      const found: (string | undefined)[] = [];
      for (const { path, md5 } of expected) {
        found.push(await hashOf(path) ?? await objects.hash(md5));
      }
      return found;
    },
    async entries(folder) {
      const info = await statOrUndefined(join(root, folder));
      return info?.isDirectory ? await entriesOf(folder) : undefined;
    },
    hidden: (folder) => git.hiddenFromDvc(folder),
    async location(path) {
      const place = join(root, path);
      return await statOrUndefined(place) ? place : undefined;
    },
    uncommitted: (paths) => git.uncommitted(paths),
  };
}

/** The files of a commit, and for those that DVC tracks the contents in its cache and on the embedded remote. */
export async function committedTree(
  git: Git,
  commit: Commit,
  label = `commit ${commit.hash.slice(0, 7)}`,
): Promise<Snapshot> {
  const objects = await ObjectStore.open(git.root);
  const read = (paths: readonly string[]) =>
    git.blobs(paths.map((path) => `${commit.hash}:${path}`));
  return {
    label,
    git,
    commit,
    objects,
    paths: () => git.filesOf(commit.hash),
    read,
    async hashes(expected) {
      const blobs = await read(expected.map(({ path }) => path));
      return await Promise.all(blobs.map(async (blob, i) => {
        if (blob) return hashBytes(blob, "md5");
        // Git's own contents first: what DVC keeps under the expected hash says nothing of a folder of code.
        const entries = await committedEntries(git, commit, expected[i].path);
        return entries ? folderHash(entries) : await objects.hash(expected[i].md5);
      }));
    },
    entries: (folder) => committedEntries(git, commit, folder),
    hidden: (folder) => git.hiddenFromDvc(folder, commit.hash),
    location: () => Promise.resolve(undefined),
    uncommitted: () => Promise.resolve([]),
  };
}

/** The files that a commit has below a folder, as DVC hashes them, sorted; undefined when it has none. */
export async function committedEntries(
  git: Git,
  { hash }: Commit,
  folder: string,
): Promise<FolderEntry[] | undefined> {
  const files = await git.treeOf(hash, folder);
  if (files.length === 0) return undefined;
  const hidden = await git.hiddenFromDvc(folder, hash);
  const seen = files.filter(({ path }) => !hidden.has(path));
  const hashes = await git.contentHashes(seen.map(({ object }) => object));
  return seen.map(({ path }, i) => ({ md5: hashes[i], relpath: path.slice(folder.length + 1) }))
    .sort(byPath);
}

function byPath(a: FolderEntry, b: FolderEntry): number {
  return comparePaths(a.relpath, b.relpath);
}

/**
 * The tree that a name stands for: a branch, tag or hash of Git, or an experiment of DVC.
 * @throws {Error} when no or more than one commit has this name
 */
export async function namedTree(git: Git, name: string): Promise<Snapshot> {
  const experiments = (await git.experiments()).filter((experiment) => experiment.name === name);
  if (experiments.length > 1) {
    const hashes = experiments.map(({ hash }) => hash.slice(0, 10)).join(", ");
    throw new Error(
      `There are ${experiments.length} experiments named ${name}. Give one by its hash: ${hashes}.`,
    );
  }
  const commit = await git.commit(experiments[0]?.hash ?? name);
  if (commit) {
    const label = `commit ${commit.hash.slice(0, 7)}`;
    const kind = experiments.length > 0 ? `experiment ${name}, ${label}` : label;
    return await committedTree(git, commit, kind);
  }
  const known = (await git.experiments()).map((experiment) => experiment.name);
  throw new Error(
    `There is no commit, branch or experiment named ${name}. ` +
      (known.length > 0
        ? `Experiments here: ${known.join(", ")}.`
        : "There are no experiments here."),
  );
}

async function statOrUndefined(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    return ignoreNotFound(error);
  }
}

async function readOrUndefined(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    return ignoreNotFound(error);
  }
}

function ignoreNotFound(error: unknown): undefined {
  const absent = [Deno.errors.NotFound, Deno.errors.NotADirectory, Deno.errors.IsADirectory];
  if (!absent.some((kind) => error instanceof kind)) throw error;
}

/** Without Git only the root folder is searched. */
async function rootFiles(root: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(root)) if (isFile) names.push(name);
  return names;
}
