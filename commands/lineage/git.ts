/** What lineage asks of Git: commits, the files of a commit, what is not committed. All calls only read. */
import { hashBytes } from "./hashes.ts";

export interface Commit {
  readonly hash: string;
  /** Committer's date, ISO 8601. */
  readonly date: string;
  readonly subject: string;
}

const COMMIT_FORMAT = "--format=%H%x00%cI%x00%s";

export class Git {
  /** MD5 by the name of a content in Git: the same files are met in many commits. */
  readonly #md5 = new Map<string, string>();

  constructor(readonly root: string) {}

  /** Standard output; undefined when git says no. @throws {Deno.errors.NotFound} without git */
  async #run(...args: string[]): Promise<string | undefined> {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", this.root, ...args],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  }

  /** The commit of a branch, tag or hash; undefined for an unknown name, or outside of a repository. */
  async commit(name: string): Promise<Commit | undefined> {
    const output = await this.#run("log", "-1", COMMIT_FORMAT, "--end-of-options", name, "--");
    return output === undefined ? undefined : parseCommits(output)[0];
  }

  /** The commits that changed a file, the newest first, up to the given one. */
  async history(path: string, upTo: string): Promise<Commit[]> {
    return parseCommits(await this.#run("log", COMMIT_FORMAT, upTo, "--", path) ?? "");
  }

  /** Whether history was cut off when this was cloned; what came before cannot be asked for. */
  async isShallow(): Promise<boolean> {
    return (await this.#run("rev-parse", "--is-shallow-repository"))?.trim() === "true";
  }

  /** Every state of the files that fit a pathspec of Git, gone ones too: the oldest first, up to the given commit. */
  async statesOf(pathspec: string, upTo: string): Promise<{ commit: Commit; path: string }[]> {
    const output = await this.#run(
      ...["log", "--reverse", "--diff-filter=AMR", "--name-only", "--no-renames", "-m"],
      ...["--format=%x01%H%x00%cI%x00%s", upTo, "--", pathspec],
    );
    return (output ?? "").split("\x01").slice(1).flatMap((entry) => {
      const [head, ...paths] = lines(entry);
      return paths.map((path) => ({ commit: parseCommits(head)[0], path }));
    });
  }

  /** Names of DVC's experiments with the hash of each; a name may stand on several baselines. */
  async experiments(): Promise<{ name: string; hash: string }[]> {
    const output = await this.#run(
      "for-each-ref",
      "--format=%(refname) %(objectname)",
      "refs/exps",
    );
    return lines(output).flatMap((line) => {
      const match = /^refs\/exps\/[0-9a-f]{2}\/[0-9a-f]{38}\/(\S+) ([0-9a-f]+)$/.exec(line);
      return match ? [{ name: match[1], hash: match[2] }] : [];
    });
  }

  /** Tracked files and new ones that are not ignored; undefined outside of a repository. */
  async workingFiles(): Promise<string[] | undefined> {
    const output = await this.#run(
      "ls-files",
      "-z",
      "--cached",
      "--others",
      "--exclude-standard",
    );
    return output === undefined ? undefined : zeroTerminated(output);
  }

  async filesOf(commit: string): Promise<string[]> {
    const output = await this.#run("ls-tree", "-r", "-z", "--name-only", commit);
    return zeroTerminated(output);
  }

  /** The files below a folder of a commit with the name of each one's content in Git; empty where there is none. */
  async treeOf(commit: string, folder: string): Promise<{ path: string; object: string }[]> {
    const output = await this.#run("ls-tree", "-r", "-z", commit, "--", `${folder}/`);
    return zeroTerminated(output).flatMap((line) => {
      const match = /^\d+ blob ([0-9a-f]+)\t(.+)$/s.exec(line);
      return match ? [{ object: match[1], path: match[2] }] : [];
    });
  }

  /**
   * The files below a folder that DVC does not see: those that a .dvcignore names, whose patterns are Git's.
   * @param commit whose files count as well as those on the disk; the .dvcignore are always those on the disk
   */
  async hiddenFromDvc(folder: string, commit?: string): Promise<Set<string>> {
    const output = await this.#run(
      ...["ls-files", "-z", "--ignored", "--exclude-per-directory=.dvcignore", "--cached"],
      commit === undefined ? "--others" : `--with-tree=${commit}`,
      ...["--", `:(literal)${folder}`],
    );
    return new Set(zeroTerminated(output));
  }

  /** Those of the files that differ from the last commit or are in none. */
  async uncommitted(paths: readonly string[]): Promise<string[]> {
    const output = await this.#run(
      "status",
      "--porcelain",
      "-z",
      "--no-renames",
      "--untracked-files=all",
      "--",
      ...paths.map((path) => `:(literal)${path}`),
    );
    return zeroTerminated(output).map((entry) => entry.slice(3));
  }

  /** The MD5 of contents, each by its name in Git. @throws {Error} when Git lacks one */
  async contentHashes(objects: readonly string[]): Promise<string[]> {
    const unknown = [...new Set(objects)].filter((object) => !this.#md5.has(object));
    const contents = await this.blobs(unknown);
    unknown.forEach((object, i) => {
      const content = contents[i];
      if (!content) throw new Error(`Git lacks the content ${object}. Check it with: git fsck`);
      this.#md5.set(object, hashBytes(content, "md5"));
    });
    return objects.map((object) => this.#md5.get(object)!);
  }

  /** The bytes of files, each named COMMIT:PATH or by its content's name in Git; undefined for those that are not there. */
  async blobs(names: readonly string[]): Promise<(Uint8Array<ArrayBuffer> | undefined)[]> {
    if (names.length === 0) return [];
    const process = new Deno.Command("git", {
      args: ["-C", this.root, "cat-file", "--batch"],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = process.output();
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(names.map((name) => `${name}\n`).join("")));
    await writer.close();
    return parseBatch((await output).stdout, names.length);
  }
}

function zeroTerminated(output: string | undefined): string[] {
  return (output ?? "").split("\0").filter((entry) => entry !== "");
}

function lines(output: string | undefined): string[] {
  return (output ?? "").split("\n").filter((line) => line !== "");
}

function parseCommits(output: string): Commit[] {
  return lines(output).map((line) => {
    const [hash, date, subject] = line.split("\0");
    // Newer Git writes Z where older writes +00:00: a crate has the same bytes by either.
    return { hash, date: date.replace(/Z$/, "+00:00"), subject };
  });
}

/** Answers of `git cat-file --batch`: a line "HASH TYPE SIZE", the bytes, a line end; or "NAME missing". */
function parseBatch(
  output: Uint8Array<ArrayBuffer>,
  count: number,
): (Uint8Array<ArrayBuffer> | undefined)[] {
  const blobs: (Uint8Array<ArrayBuffer> | undefined)[] = [];
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = output.indexOf(0x0a, start);
    const header = new TextDecoder().decode(output.subarray(start, end));
    const match = /^[0-9a-f]+ (\w+) (\d+)$/.exec(header);
    start = end + 1;
    if (!match) {
      blobs.push(undefined);
      continue;
    }
    const size = Number(match[2]);
    blobs.push(match[1] === "blob" ? output.slice(start, start + size) : undefined);
    start += size + 1;
  }
  return blobs;
}
