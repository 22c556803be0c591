/**
 * What a run that was killed, or a full disk, leaves for ever: half a dvc.lock, and half a .dvc/tmp/rwlock ("JSON structure is
 * corrupted"). Mended before and after DVC runs, under DVC's own lock, so that no DVC is writing either of them meanwhile.
 */
import { join } from "@std/path";
import { readText } from "./files.ts";
import type { LockCopies } from "./lock_copies.ts";

/** What DVC holds whenever it writes; it is a flock, as ours. While a stage runs it is free, and rwlock says what is in use. */
const DVC_LOCK = ".dvc/tmp/lock";
const ACCESS_FILE = ".dvc/tmp/rwlock";

/** Prints the DVC processes that are in a folder, which only rwlock would name. psutil is what DVC itself asks. */
const PROCESSES = `
import os, psutil, sys
root = os.path.realpath(sys.argv[1])
for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
    words, folder = process.info["cmdline"] or [], process.info["cwd"]
    is_dvc = any(os.path.basename(word) == "dvc" for word in words[:3])
    if is_dvc and folder and (folder == root or folder.startswith(root + os.sep)):
        print(process.info["pid"])
`;

/** @param say is told a sentence for each thing that was mended, or could not be */
export async function heal(copies: LockCopies, say: (sentence: string) => void): Promise<void> {
  const file = await openLock(join(copies.root, DVC_LOCK));
  try {
    // Another DVC is at work: it says so itself, and what it writes is not damage.
    if (file && !await file.tryLock(true)) return;
    await copies.restore(say);
    await healAccessFile(copies.root, say);
  } finally {
    file?.close();
  }
}

/** Never made here: for a DVC with core.hardlink_lock, its existence is the lock. @returns undefined where it is not there */
async function openLock(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function healAccessFile(root: string, say: (sentence: string) => void): Promise<void> {
  const path = join(root, ACCESS_FILE);
  const text = await readText(path);
  if (text === undefined || isJson(text)) return;
  const holders = await dvcProcesses(root);
  if (holders === undefined || holders.length > 0) {
    say(
      `${ACCESS_FILE}, in which DVC notes what it uses, is cut. It is left alone, as ` +
        (holders
          ? `DVC is running here (process ${holders.join(", ")}): wait for its end, then try again.`
          : `it cannot be found out whether DVC is running. If it is not: rm ${ACCESS_FILE}`),
    );
    return;
  }
  await Deno.remove(path);
  say(
    `${ACCESS_FILE}, in which DVC notes what it uses, was cut (was the disk full?). ` +
      "No DVC is running here, so it is removed.",
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function dvcProcesses(root: string): Promise<string[] | undefined> {
  const { success, stdout } = await new Deno.Command("python", {
    args: ["-c", PROCESSES, root],
    stdin: "null",
    stderr: "null",
  }).output();
  if (!success) return undefined;
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}
