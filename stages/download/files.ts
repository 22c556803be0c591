/** Files for the stage download: partial files, hashes, copies, free space. */
import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import type { Disk } from "../../pipeline/fetch/disk_entry.ts";
import type { PartialFile } from "../../pipeline/fetch/fetch_file.ts";
import { stopIfOrphaned } from "../common/ending.ts";

export const DISK: Disk = {
  readDir: Deno.readDir,
  stat: Deno.stat,
  lstat: Deno.lstat,
  realPath: Deno.realPath,
  readLink: Deno.readLink,
};

/** A partial file at `path`, its validator in a file beside it. */
export function partialFile(path: string): PartialFile {
  const note = `${path}.validator`;
  return {
    size: async () => await fileSize(path) ?? 0,
    append: (bytes) => Deno.writeFile(path, bytes, { append: true }),
    async clear() {
      await removeFile(path);
      await removeFile(note);
    },
    async validator() {
      return await fileSize(note) === undefined ? "" : await Deno.readTextFile(note);
    },
    setValidator: (value) => value === "" ? removeFile(note) : Deno.writeTextFile(note, value),
  };
}

/** Bytes of a file; undefined when there is none. */
export async function fileSize(path: string): Promise<number | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile ? size : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The SHA-256 of a file of any size, in hexadecimal. */
export async function fileSha256(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of (await Deno.open(path)).readable) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/** Links the file where the file system can, copies it otherwise; whole or not at all. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`;
  await removeFile(partial);
  try {
    await Deno.link(from, partial);
  } catch {
    await Deno.copyFile(from, partial);
  }
  stopIfOrphaned();
  await Deno.rename(partial, to);
}

/** Copies the file; whole or not at all. */
export async function copyWhole(from: string, to: string): Promise<void> {
  // Copies keep the mode; over a partial one of a file that nobody may write there is no way.
  await removeFile(`${to}.partial`);
  await Deno.copyFile(from, `${to}.partial`);
  stopIfOrphaned();
  await Deno.rename(`${to}.partial`, to);
}

/** Bytes that may still be written where `folder` lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
