/**
 * Whether the results of dvc.lock are there. Those that only Git keeps (`cache: false`) no `dvc pull` brings; when one is
 * missing, DVC would compute its whole stage again, in a fresh clone for as long as the training takes.
 */
import { dirname, join } from "@std/path";
import { parse } from "yaml";
import { FOLDER_SUFFIX, folderHash, hashBytes } from "../lineage/hashes.ts";
import { fileInfo, git, gitText, readText } from "./files.ts";

/** Larger files are looked for, and not hashed: DVC has just done that. */
const HASHED_BYTES = 1 << 20;

interface Result {
  readonly stage: string;
  readonly path: string;
  /** Of a file, or of a folder, with its suffix. */
  readonly md5?: string;
}

export interface ResultProblem {
  readonly path: string;
  readonly stage: string;
  /** To follow the path: "is missing". */
  readonly what: string;
}

/** Where Git may have what dvc.lock means: how to list the files below a path, to name one's content and to restore it. */
const SOURCES = [
  { list: ["ls-tree", "-r", "-z", "--name-only", "HEAD"], blob: "HEAD:", from: ["--source=HEAD"] },
  { list: ["ls-files", "-z"], blob: ":", from: [] },
] as const;

/**
 * Brings back files that are gone, where those of the last commit or of Git's index are the ones that dvc.lock means.
 * Files that are there stay as they are.
 * @param root the folder of the repository
 * @param say is told a sentence when there was any
 */
export async function restoreFromGit(
  root: string,
  say: (sentence: string) => void,
): Promise<void> {
  const restored: string[] = [];
  const all = await results(root);
  for (const { path, md5 } of all) {
    if (md5 === undefined) continue;
    if (!md5.endsWith(FOLDER_SUFFIX) && await fileInfo(join(root, path))) continue;
    for (const source of SOURCES) {
      const gone = await goneFiles(root, path, md5, source);
      if (gone.length === 0) continue;
      const args = ["--literal-pathspecs", "restore", "--worktree", ...source.from, "--", ...gone];
      if (await git(root, ...args) !== undefined) restored.push(...gone);
      break;
    }
  }
  restored.push(...await restoreIgnores(root, all));
  if (restored.length > 0) say(`Missing, restored from Git: ${restored.join(", ")}`);
}

/** DVC writes one beside what it keeps; they are part of the folders that the report depends on. */
async function restoreIgnores(root: string, all: readonly Result[]): Promise<string[]> {
  const beside = new Set(all.map(({ path }) => `${dirname(path)}/.gitignore`));
  const gone = await listed(root, "ls-files", "--deleted", "-z", "--", ...beside);
  if (gone.length === 0) return [];
  const restored = await git(root, "--literal-pathspecs", "restore", "--worktree", "--", ...gone);
  return restored === undefined ? [] : gone;
}

/** The files of an output that are not there, if all that Git has of it are those of dvc.lock; else none. */
async function goneFiles(
  root: string,
  path: string,
  md5: string,
  { list, blob }: typeof SOURCES[number],
): Promise<string[]> {
  const files = await listed(root, ...list, "--", path);
  const there = await Promise.all(files.map((file) => fileInfo(join(root, file))));
  const gone = files.filter((_, index) => there[index] === undefined);
  if (gone.length === 0) return [];
  const entries = [];
  for (const file of files) {
    const bytes = await git(root, "cat-file", "blob", `${blob}${file}`);
    if (bytes === undefined) return [];
    entries.push({ md5: hashBytes(bytes, "md5"), relpath: file.slice(path.length + 1) });
  }
  const found = md5.endsWith(FOLDER_SUFFIX) ? folderHash(entries) : entries[0].md5;
  return found === md5 ? gone : [];
}

/** The paths that Git lists, each ended by a zero byte; none where it says no. */
async function listed(root: string, ...args: string[]): Promise<string[]> {
  const text = await gitText(root, "--literal-pathspecs", ...args) ?? "";
  return text.split("\0").filter((path) => path !== "");
}

/** After a run that ended well. @param root the folder of the repository */
export async function resultProblems(root: string): Promise<ResultProblem[]> {
  const problems: ResultProblem[] = [];
  for (const { path, stage, md5 } of await results(root)) {
    const what = await problemOf(join(root, path), md5);
    if (what !== undefined) problems.push({ path, stage, what });
  }
  return problems;
}

async function problemOf(path: string, md5: string | undefined): Promise<string | undefined> {
  const info = await fileInfo(path);
  if (info === undefined) return "is missing";
  if (md5 === undefined) return undefined;
  if (md5.endsWith(FOLDER_SUFFIX) !== info.isDirectory) {
    return info.isDirectory ? "is a folder, not a file" : "is a file, not a folder";
  }
  if (info.isDirectory || info.size > HASHED_BYTES) return undefined;
  return hashBytes(await Deno.readFile(path), "md5") === md5 ? undefined : "has another content";
}

/** What the stages of dvc.yaml have written; dvc.lock remembers stages that are gone, too. */
async function results(root: string): Promise<Result[]> {
  const read = async (path: string) =>
    parse(await readText(join(root, path)) ?? "{}")?.stages ?? {};
  const defined: Record<string, unknown> = await read("dvc.yaml");
  const locked: Record<string, { outs?: { path: string; md5?: string }[] }> = await read(
    "dvc.lock",
  );
  return Object.entries(locked).flatMap(([stage, { outs = [] }]) =>
    stage.split("@")[0] in defined ? outs.map(({ path, md5 }) => ({ stage, path, md5 })) : []
  );
}
