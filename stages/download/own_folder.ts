/**
 * What lies in archives/ besides archives: a folder of pictures, or an archive that somebody has unpacked. Links in either
 * must be to files and stay inside. Folders of pictures elsewhere are read by the same rules.
 */
import { join } from "@std/path";
import type { CatalogueArchive } from "../../pipeline/fetch/catalogue.ts";
import { type DiskEntry, entryAt, NOT_UTF8 } from "../../pipeline/fetch/disk_entry.ts";
import { LARGEST_FILE_BYTES, MOST_FILES } from "../../pipeline/fetch/archive.ts";
import { ownNames } from "../../pipeline/fetch/own_archives.ts";
import {
  describeUnreadable,
  examples,
  isHidden,
  isLitter,
  sortPaths,
} from "../../pipeline/fetch/pictures.ts";
import { DISK } from "./files.ts";

/** So deep below archives/ an unpacked data set is looked for, in so many folders. */
const DEPTH = 2;
const MOST_FOLDERS = 2000;

/** How a path may not begin in an archive. */
const DRIVE = /^[a-z]:/i;

/** What is packed of a folder, so that later stages see archives only. */
export interface FolderFiles {
  /** All paths start here. */
  folder: string;
  paths: string[];
  bytes: number;
  /** Sentences about what is left out. */
  leftOut: string[];
}

/**
 * All PNG, JPEG and PPM files below a folder; links to files are followed.
 * @param folder may itself be a link
 * @returns nothing when there is no such folder
 * @throws {Error} naming a link to a folder, or one that leaves the folder, what entryAt() refuses, a name that no archive
 *   can hold, a file that is too large; or saying what the folder holds instead of pictures
 */
export async function findPictures(folder: string): Promise<FolderFiles | undefined> {
  if (!(await entryAt(folder, DISK))?.isDirectory) return undefined;
  const { files, hidden } = await listFiles(folder, [""]);
  const { pictures: paths, unreadable } = sortPaths(files);
  if (paths.length === 0) {
    const instead = unreadable.length > 0 ? `, only ${describeUnreadable(unreadable)}` : ".";
    throw new Error(`Cannot use ${folder}: it holds no PNG, JPEG or PPM picture${instead}`);
  }
  const leftOut = [
    ...(unreadable.length > 0 ? [`pictures: ${describeUnreadable(unreadable)}`] : []),
    ...(hidden.length > 0
      ? [`hidden files and folders: ${hidden.length} (${examples(hidden)}).`]
      : []),
  ].map((what) => `${folder}: left out ${what}`);
  return { folder, paths, bytes: await sizeOfAll(folder, paths), leftOut };
}

/** What the files of an official archive end in, as far as they are read. */
const DATA = /\.(png|jpe?g|ppm|flo|txt)$/i;

/**
 * The files of an archive that lies unpacked in archives/ or a folder in it.
 * @returns nothing when it does not
 * @throws {Error} as findPictures()
 */
export async function findUnpacked(
  { unpacked }: CatalogueArchive,
  own: string,
): Promise<FolderFiles | undefined> {
  for (const marker of unpacked?.markers ?? []) {
    const folder = await findMarker(own, marker);
    if (folder === undefined) continue;
    const there: string[] = [];
    for (const path of unpacked!.holds) {
      if ((await statOrNothing(join(folder, path)))?.isDirectory) there.push(path);
    }
    const { files, hidden } = await listFiles(folder, there);
    const paths = files.filter((path) => DATA.test(path));
    const leftOut = [
      `files: ${files.length - paths.length} that are neither pictures, flow nor text`,
      `hidden files and folders: ${hidden.length} (${examples(hidden)})`,
    ].filter((_, i) => [files.length - paths.length, hidden.length][i] > 0)
      .map((what) => `${join(folder, marker)}: left out ${what}.`);
    return { folder, paths, bytes: await sizeOfAll(folder, paths), leftOut };
  }
}

/** All files below some folders in a folder, and what is hidden there, each sorted. */
async function listFiles(
  folder: string,
  below: readonly string[],
): Promise<{ files: string[]; hidden: string[] }> {
  const root = await Deno.realPath(folder);
  const files: string[] = [], hidden: string[] = [];
  const refuse = (path: string, reason: string): never => {
    throw new Error(`Cannot use ${join(folder, path)}: ${reason}`);
  };
  const checkLink = ({ target, isDirectory }: DiskEntry, path: string) => {
    if (target === undefined) return;
    if (isDirectory) {
      refuse(
        path,
        `it is a link to the folder ${target}, and linked folders are not looked into. Move or copy ` +
          `the folder there, or mount it (mount --bind).`,
      );
    }
    if (target.startsWith(`${root}/`)) return;
    refuse(
      path,
      `the link leads out of ${folder}, to ${target}. Only what lies in the folder is read: ` +
        `replace the link by what it points to.`,
    );
  };
  const visit = async (below: string): Promise<void> => {
    for await (const { name, isFile, isDirectory } of Deno.readDir(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      if (isLitter(path)) continue;
      if (/\p{Cc}/u.test(name)) {
        refuse(JSON.stringify(path), "the name holds control characters. Rename it.");
      }
      if (isHidden(name)) {
        hidden.push(path);
        continue;
      }
      // Of most, the folder's list says what they are, without another look at each.
      if (!isFile && !isDirectory || name.includes(NOT_UTF8)) {
        const entry = await entryAt(join(folder, path), DISK);
        if (entry) checkLink(entry, path);
      }
      if (isDirectory) await visit(path);
      else files.push(path);
      if (files.length > MOST_FILES) {
        refuse("", `it holds more than ${MOST_FILES} files. Leave out what is not needed.`);
      }
    }
  };
  for (const path of below) await visit(path);
  // The order of a folder's entries is the file system's.
  return { files: files.sort(), hidden: hidden.sort() };
}

/** @throws {Error} naming a file that no archive can hold, or that is too large */
async function sizeOfAll(folder: string, paths: readonly string[]): Promise<number> {
  const refuse = (path: string, reason: string): never => {
    throw new Error(`Cannot use ${join(folder, path)}: ${reason}`);
  };
  let bytes = 0;
  for (const path of paths) {
    const [top] = path.split("/");
    if (DRIVE.test(top)) {
      refuse(top, "no archive holds a name that begins as a drive of Windows does. Rename it.");
    }
    if (path.includes("\\")) {
      refuse(
        path,
        "its name holds a backslash, which stands between folders elsewhere. Rename it.",
      );
    }
    const { size } = await Deno.stat(join(folder, path));
    if (size > LARGEST_FILE_BYTES) {
      refuse(path, `it has ${size} bytes, at most ${LARGEST_FILE_BYTES} are read.`);
    }
    bytes += size;
  }
  return bytes;
}

/**
 * Looks for an archive that was missed because of its name's case, or since it is a folder.
 * @param picturesFolder name of the folder that may stand for it
 * @throws {Error} saying what lies there and how it should be called
 */
export async function refuseMisnamed(
  { file }: CatalogueArchive,
  picturesFolder: string | undefined,
  folder: string,
): Promise<void> {
  const names = await ownNames(folder, DISK);
  const mend = picturesFolder === undefined
    ? "pack it, or put the archive there."
    : `rename it to ${picturesFolder} if pictures lie in it.`;
  for (const wanted of [file, ...(picturesFolder === undefined ? [] : [picturesFolder])]) {
    const found = names.find((name) => name.toLowerCase() === wanted.toLowerCase());
    if (found === undefined) continue;
    const isFolder = (await statOrNothing(join(folder, found)))?.isDirectory === true;
    const advice = isFolder === (wanted === picturesFolder)
      ? `Rename it to ${wanted}.`
      : isFolder
      ? `It is a folder, and an archive is wanted: ${mend}`
      : `It is a file, and a folder of pictures is wanted: name an archive ${file}.`;
    throw new Error(`Cannot find ${wanted}: in ${folder} lies ${found}. ${advice}`);
  }
}

/** The folder that holds the path `marker`. */
async function findMarker(folder: string, marker: string): Promise<string | undefined> {
  let level = [folder];
  for (let depth = 0; depth <= DEPTH; depth++) {
    const next: string[] = [];
    for (const path of level) {
      if (await statOrNothing(join(path, marker))) return path;
      if (depth < DEPTH && next.length < MOST_FOLDERS) next.push(...await subfolders(path));
    }
    level = next;
  }
}

async function subfolders(path: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.filter(({ name, isDirectory }) => isDirectory && !isHidden(name))
      .map(({ name }) => join(path, name)).sort();
  } catch {
    // Somebody else's, or gone: nothing to find there.
    return [];
  }
}

async function statOrNothing(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch {
    return undefined;
  }
}
