/**
 * The folder checkpoints/ as it is found, for stages and for `deno task checkpoints`: what cannot be such a folder, or a
 * checkpoint in it, is named before hours of training lead to the first save.
 */

export const FOLDER = "checkpoints";
/** Ends the name of one that is being written. */
export const PARTIAL = ".partial";

/**
 * Everything in the folder; nothing where there is none.
 * @throws {Error} when checkpoints is something else, or cannot be read
 */
export async function checkpointEntries(): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(FOLDER));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (!await isThere()) return [];
      throw new Error(
        `Cannot use ${FOLDER}/ for checkpoints: it is a link that leads nowhere. ` +
          "Make the folder that it leads to, or remove the link.",
      );
    }
    if (error instanceof Deno.errors.NotADirectory) {
      throw new Error(
        `Cannot use ${FOLDER}/ for checkpoints: it is a file, not a folder. ` +
          "Move it away; a stage makes the folder.",
      );
    }
    throw new Error(`Cannot read ${FOLDER}/: ${(error as Error).message}.`, { cause: error });
  }
}

/** What a save could neither replace nor remove: a folder, or what reading would wait for, such as a pipe. */
export function isNoFile({ isFile, isSymlink }: Deno.DirEntry): boolean {
  return !isFile && !isSymlink;
}

async function isThere(): Promise<boolean> {
  try {
    await Deno.lstat(FOLDER);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
