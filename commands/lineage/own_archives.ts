/**
 * What is somebody's own in a recorded run: archives that whoever ran it had in archives/, frames of own/NAME, and the model that
 * their training started from. The lock has one hash of each, and neither Git nor DVC keeps them, so that another clone has
 * only the empty folder, or nothing. What the stage download took of archives is in its output.
 */
import { format as formatBytes } from "@std/fmt/bytes";
import { OWN } from "../../pipeline/fetch/own_archives.ts";
import { folderHash } from "./hashes.ts";
import type { LockedFile } from "./lock.ts";
import type { Recorded } from "./snapshot.ts";

/** Of archives/ as Git has it. */
export const NO_FILES = folderHash([]);

export function isArchivesFolder({ path }: Recorded): boolean {
  return path === OWN;
}

/** Whether a run had archives of its own. */
export function hasOwnArchives(file: Recorded): boolean {
  return isArchivesFolder(file) && file.md5 !== NO_FILES;
}

const OWN_INPUT = /^own\/[^/]+\/(frames|start\.safetensors)$/;

/** Frames of own/NAME, or the copy there of the model to start from. */
export function isOwnInput({ path }: Recorded): boolean {
  return OWN_INPUT.test(path);
}

/** "3 files, 5.7 GB". */
export function describeSize({ nfiles = 0, size = 0 }: LockedFile): string {
  return `${nfiles} ${nfiles === 1 ? "file" : "files"}, ${formatBytes(size)}`;
}
