/** A folder of outputs that takes the place of an earlier one only when all of it is written. */
import { join } from "@std/path";
import { stopIfOrphaned } from "./ending.ts";

/**
 * @param out the folder, made where there is none
 * @param write what it shall hold into the folder that it is given, which lies in `out` and is removed if that fails
 * @throws {Interrupted} when the process that started the stage is gone; `out` is then as it was
 */
export async function writeWholeFolder(
  out: string,
  write: (partial: string) => Promise<void>,
): Promise<void> {
  const partial = join(out, ".partial");
  await removeFolder(partial);
  try {
    await write(partial);
    stopIfOrphaned();
    for (const name of await names(out)) {
      if (join(out, name) !== partial) await Deno.remove(join(out, name), { recursive: true });
    }
    for (const name of await names(partial)) {
      await Deno.rename(join(partial, name), join(out, name));
    }
  } finally {
    await removeFolder(partial);
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
