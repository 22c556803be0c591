/**
 * The folder archives/: archives and frames of whoever runs the experiment, which Git does not know. DVC hashes it as a
 * dependency of the stage download; but it looks into no linked folder, breaks at a link that leads nowhere and waits for ever
 * at a pipe, so none of these may lie there. Also used before DVC starts.
 */
import { join } from "@std/path";
import { type Disk, entryAt, orNothing } from "./disk_entry.ts";

/** Below the root of a clone. */
export const OWN = "archives";
/** So that Git keeps the folder; DVC and the stage leave it out. */
const README = "README.md";

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
  const entry = await entryAt(path, disk);
  if (!entry?.isDirectory) return;
  const { target } = entry;
  if (target !== undefined) {
    throw new Error(
      `Cannot use ${path}: it is a link to the folder ${target}, and DVC does not look into linked ` +
        `folders, so that no change there would be noticed. Link the archive files instead (ln -s ` +
        `${target}/FILE.zip), move or copy the folder, or mount it (mount --bind).`,
    );
  }
  for (const name of await namesIn(path, disk)) await checkOwn(join(path, name), disk);
}

async function namesIn(folder: string, disk: Disk): Promise<string[]> {
  return (await Array.fromAsync(disk.readDir(folder))).map(({ name }) => name).sort();
}
