/**
 * Whether the results of dvc.lock are there. Those that only Git keeps (`cache: false`) no `dvc pull` brings; when one is
 * missing, DVC would compute its whole stage again, in a fresh clone for as long as the training takes.
 */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { parse } from "yaml";
import { fileInfo, git, readText } from "./files.ts";

/** Larger files are looked for, and not hashed: DVC has just done that. */
const HASHED_BYTES = 1 << 20;

interface Result {
  readonly stage: string;
  readonly path: string;
  /** Of a file; of a folder it ends in .dir. */
  readonly md5?: string;
}

export interface ResultProblem {
  readonly path: string;
  readonly stage: string;
  /** To follow the path: "is missing". */
  readonly what: string;
}

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
  for (const { path, md5 } of await results(root)) {
    if (md5 === undefined || md5.endsWith(".dir") || await fileInfo(join(root, path))) continue;
    for (
      const [content, source] of [[`HEAD:${path}`, ["--source=HEAD"]], [`:${path}`, []]] as const
    ) {
      const bytes = await git(root, "cat-file", "blob", content);
      if (bytes === undefined || md5Of(bytes) !== md5) continue;
      const args = ["restore", "--worktree", ...source, "--", `:(literal)${path}`];
      if (await git(root, ...args) !== undefined) restored.push(path);
      break;
    }
  }
  if (restored.length > 0) say(`Missing, restored from Git: ${restored.join(", ")}`);
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
  if (md5.endsWith(".dir") !== info.isDirectory) {
    return info.isDirectory ? "is a folder, not a file" : "is a file, not a folder";
  }
  if (info.isDirectory || info.size > HASHED_BYTES) return undefined;
  return md5Of(await Deno.readFile(path)) === md5 ? undefined : "has another content";
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

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
