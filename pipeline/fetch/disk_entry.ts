/**
 * What lies at a path of somebody's disk, links followed. What cannot be read, whoever asks, ends in a sentence here: a link to
 * nothing or to itself, a pipe, a name that is not UTF-8.
 */
import { dirname, isAbsolute, join } from "@std/path";

/** What readDir() puts in the place of bytes of a name that are not UTF-8. */
export const NOT_UTF8 = "\uFFFD";

/** What is asked of the disk; errors have the names NotFound, NotADirectory and FilesystemLoop, as Deno's have. */
export interface Disk {
  readDir(path: string): AsyncIterable<{ name: string }>;
  /** Of what a link leads to. */
  stat(path: string): Promise<{ isFile: boolean; isDirectory: boolean }>;
  lstat(path: string): Promise<{ isSymlink: boolean }>;
  realPath(path: string): Promise<string>;
  readLink(path: string): Promise<string>;
}

export interface DiskEntry {
  /** A file otherwise. */
  readonly isDirectory: boolean;
  /** Where a link leads in the end; undefined where the path is none. */
  readonly target?: string;
}

/**
 * @param name of the path in errors
 * @returns nothing when nothing lies there
 * @throws {Error} naming what cannot be read: a link that leads nowhere or in a circle, what is neither file nor folder, or a
 *   name that is not UTF-8
 */
export async function entryAt(
  path: string,
  disk: Disk,
  name = path,
): Promise<DiskEntry | undefined> {
  const link = await orNothing(disk.lstat(path));
  if (!link) {
    if (!path.includes(NOT_UTF8)) return undefined;
    throw new Error(
      `Cannot read ${name}: the name is not UTF-8, ${NOT_UTF8} stands for what is not, so that the file cannot be ` +
        `opened. Rename it, for example with: convmv -f latin1 -t utf8 -r --notest ${
          dirname(path)
        }`,
    );
  }
  const info = await orNothing(disk.stat(path));
  if (!info) {
    const target = await endOfLinks(path, disk);
    throw new Error(
      target === undefined
        ? `Cannot read ${name}: it is a link that leads in a circle. Remove it, or link what is meant.`
        : `Cannot read ${name}: it is a link to ${target}, which does not exist. Remove the link, or put back what ` +
          `it leads to.`,
    );
  }
  if (!info.isFile && !info.isDirectory) {
    throw new Error(`Cannot read ${name}: it is neither a file nor a folder. Use a file instead.`);
  }
  const { isDirectory } = info;
  return link.isSymlink ? { isDirectory, target: await disk.realPath(path) } : { isDirectory };
}

/** What the last of some links names, which is not there; nothing where they go round. */
async function endOfLinks(path: string, disk: Disk): Promise<string | undefined> {
  for (const seen = new Set<string>(); !seen.has(path);) {
    seen.add(path);
    const target = await disk.readLink(path).catch(() => undefined);
    if (target === undefined) return path;
    path = isAbsolute(target) ? target : join(dirname(path), target);
  }
}

/** What is there; nothing where a path leads nowhere. */
export async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const { name } = error as Error;
    if (["NotFound", "NotADirectory", "FilesystemLoop"].includes(name)) return undefined;
    throw error;
  }
}
