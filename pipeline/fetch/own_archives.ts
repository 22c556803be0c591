/**
 * The folder archives/: archives and frames of whoever runs the experiment, which Git does not know. DVC hashes it as a
 * dependency of the stage download; but it looks into no linked folder, breaks at a link that leads nowhere and waits for ever
 * at a pipe, so none of these may lie there. Also used before DVC starts.
 */
import { join } from "@std/path";

/** Below the root of a clone. */
export const OWN = "archives";
/** So that Git keeps the folder; DVC and the stage leave it out. */
const README = "README.md";

/** What readDir() puts in the place of bytes of a name that are not UTF-8. */
const UNREADABLE = "\uFFFD";

/** What is asked of the disk; errors have the names NotFound and FilesystemLoop, as Deno's have. */
export interface Disk {
  readDir(path: string): AsyncIterable<{ name: string }>;
  /** Of what a link leads to. */
  stat(path: string): Promise<{ isFile: boolean; isDirectory: boolean }>;
  lstat(path: string): Promise<{ isSymlink: boolean }>;
  realPath(path: string): Promise<string>;
}

/** Names of what lies in the folder, sorted; none when there is no folder. */
export async function ownNames(folder: string, disk: Disk): Promise<string[]> {
  if (!await orNothing(disk.stat(folder))) return [];
  return (await namesIn(folder, disk)).filter((name) => name !== README);
}

/**
 * Looks through archives/, or what lies in it; nothing there is nothing wrong.
 * @throws {Error} naming what DVC would not see or not stand: a link to a folder or to nothing, no file at all, or a name
 *   that is not UTF-8
 */
export async function checkOwn(path: string, disk: Disk): Promise<void> {
  const link = await orNothing(disk.lstat(path));
  if (!link) {
    if (path.includes(UNREADABLE)) {
      throw new Error(
        `Cannot use ${path}: the name is not UTF-8, ${UNREADABLE} stands for what is not, so that the file cannot be ` +
          `opened. Rename it, for example with: convmv -f latin1 -t utf8 -r --notest ${OWN}`,
      );
    }
    return;
  }
  const info = await orNothing(disk.stat(path));
  if (!info) throw new Error(`Cannot use ${path}: the link leads nowhere. Remove it.`);
  if (link.isSymlink && info.isDirectory) {
    const target = await disk.realPath(path);
    throw new Error(
      `Cannot use ${path}: it is a link to the folder ${target}, and DVC does not look into linked ` +
        `folders, so that no change there would be noticed. Link the archive files instead (ln -s ` +
        `${target}/FILE.zip), move or copy the folder, or mount it (mount --bind).`,
    );
  }
  if (info.isDirectory) {
    for (const name of await namesIn(path, disk)) await checkOwn(join(path, name), disk);
  } else if (!info.isFile) {
    throw new Error(`Cannot use ${path}: it is neither a file nor a folder. Remove it.`);
  }
}

async function namesIn(folder: string, disk: Disk): Promise<string[]> {
  return (await Array.fromAsync(disk.readDir(folder))).map(({ name }) => name).sort();
}

/** What is there; nothing where a path leads nowhere. */
async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (["NotFound", "FilesystemLoop"].includes((error as Error).name)) return undefined;
    throw error;
  }
}
