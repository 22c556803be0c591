/**
 * The folder archives/: archives and frames of whoever runs the experiment, which Git does not know. DVC hashes it as a
 * dependency of the stage download; but it looks into no linked folder, breaks at a link that leads nowhere and waits for ever
 * at a pipe, so none of these may lie there. Also used by the commands, before DVC starts.
 */
import { join } from "@std/path";

/** Below the root of a clone. */
export const OWN = "archives";
/** So that Git keeps the folder; DVC and the stage leave it out. */
const README = "README.md";

/** Names of what lies in the folder, sorted; none when there is no folder. */
export async function ownNames(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.map(({ name }) => name).filter((name) => name !== README).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * @param folder archives/; it may be missing
 * @throws {Error} naming what DVC would not see or not stand: a link to a folder or to nothing, or no file at all
 */
export async function checkOwn(folder: string): Promise<void> {
  if (await linksToFolder(folder)) throw new Error(await linkedFolder(folder));
  await checkBelow(folder, await ownNames(folder));
}

async function checkBelow(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    const info = await statOrNothing(path);
    if (!info) throw new Error(`Cannot use ${path}: the link leads nowhere. Remove it.`);
    if (info.isDirectory) {
      if (await linksToFolder(path)) throw new Error(await linkedFolder(path));
      const inner = await Array.fromAsync(Deno.readDir(path));
      await checkBelow(path, inner.map(({ name }) => name).sort());
    } else if (!info.isFile) {
      throw new Error(`Cannot use ${path}: it is neither a file nor a folder. Remove it.`);
    }
  }
}

async function linksToFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink && (await statOrNothing(path))?.isDirectory === true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function linkedFolder(path: string): Promise<string> {
  const target = await Deno.realPath(path);
  return `Cannot use ${path}: it is a link to the folder ${target}, and DVC does not look into linked folders, so that no ` +
    `change there would be noticed. Link the archive files instead (ln -s ${target}/FILE.zip), move or copy the folder, ` +
    `or mount it (mount --bind).`;
}

/** What a path leads to; nothing where it leads nowhere. */
export async function statOrNothing(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) {
      return undefined;
    }
    throw error;
  }
}
