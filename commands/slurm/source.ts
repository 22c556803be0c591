/** What jobs on other machines start from: a pushed commit, and a remote of DVC that all of them reach. */
import { isAbsolute, relative, resolve } from "@std/path";
import { mustRun, runProgram } from "../verify/command.ts";
import type { Sweep } from "./job_script.ts";

const GIT_REMOTE = "origin";

export interface Source extends Pick<Sweep, "repository" | "commit" | "remote" | "root"> {
  /** Why jobs could not get the code or hand in their results, and what to do; what is unknown is in capitals. */
  readonly problems: readonly string[];
}

/** @param remoteName of DVC; undefined for the default one */
export async function sweepSource(root: string, remoteName?: string): Promise<Source> {
  const problems: string[] = [];
  const git = (...args: string[]) => runProgram("git", args, { cwd: root });
  const { stdout: changes } = await git("status", "--porcelain", "--untracked-files=no");
  if (changes !== "") {
    problems.push(
      `Jobs clone the last commit, which lacks these changes. Commit first.\n${changes}`,
    );
  }
  const commit = (await mustRun("git", ["rev-parse", "HEAD"], { cwd: root })).trim();
  const { stdout: url, code } = await git("remote", "get-url", GIT_REMOTE);
  if (code !== 0) {
    problems.push(
      `There is no Git remote ${GIT_REMOTE} that jobs could clone from and push experiments to. ` +
        `Run: git remote add ${GIT_REMOTE} URL, then git push`,
    );
  } else if (!await isPushed(root, commit)) {
    problems.push(`Commit ${commit.slice(0, 7)} is not on ${GIT_REMOTE} yet. Run: git push`);
  }
  const remote = await sharedRemote(root, remoteName);
  if (typeof remote === "string") problems.push(remote);
  return {
    repository: code === 0 ? reachable(url.trim(), root) : "GIT-URL",
    commit,
    remote: typeof remote === "string" ? { name: remoteName ?? "shared", url: "DVC-URL" } : remote,
    root,
    problems,
  };
}

/** As far as this clone knows. */
async function isPushed(root: string, commit: string): Promise<boolean> {
  const branches = await mustRun("git", ["branch", "--remotes", "--contains", commit], {
    cwd: root,
  });
  return branches.split("\n").some((branch) => branch.trim().startsWith(`${GIT_REMOTE}/`));
}

/** A folder by its full path; addresses as they are. */
function reachable(url: string, root: string): string {
  return /^\w+:\/\/|^[^/]+:/.test(url) ? url : resolve(root, url);
}

/** The remote, or why there is none that jobs can share. */
async function sharedRemote(root: string, wanted?: string): Promise<Sweep["remote"] | string> {
  // `dvc remote list` is a table, which breaks addresses at 80 columns.
  const { remotes, defaultRemote } = parseRemotes(
    await mustRun("dvc", ["config", "--list"], { cwd: root }),
  );
  const found = remotes.find(({ name }) => name === (wanted ?? defaultRemote));
  const next = "Name a folder or bucket that every machine reaches: " +
    "./run dvc remote add --local --default shared URL";
  if (!found) {
    const names = remotes.map(({ name }) => name).join(", ");
    return `DVC has no ${wanted === undefined ? "default remote" : `remote ${wanted}`}, ` +
      `it has: ${names || "none"}. ${next}`;
  }
  if (isAbsolute(found.url) && !relative(root, found.url).startsWith("..")) {
    return `The remote ${found.name} lies in the repository: each job would push into its own ` +
      `clone, which ends with the job. ${next}`;
  }
  return { name: found.name, url: found.url };
}

/**
 * The remotes in what `dvc config --list` prints: KEY=VALUE lines of every level of configuration, in which later ones win
 * and folders are full paths.
 */
export function parseRemotes(
  config: string,
): { remotes: Sweep["remote"][]; defaultRemote: string | undefined } {
  const urls = new Map<string, string>();
  let defaultRemote: string | undefined;
  for (const line of config.split("\n")) {
    const [, name, url] = /^remote\.(.+?)\.url=(.*)$/.exec(line) ?? [];
    if (name !== undefined) urls.set(name, url);
    if (line.startsWith("core.remote=")) defaultRemote = line.slice("core.remote=".length);
  }
  return { remotes: [...urls].map(([name, url]) => ({ name, url })), defaultRemote };
}
