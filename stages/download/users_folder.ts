/**
 * What lies in the user's folder (download.folder) besides archives: a folder of pictures, whose links must stay inside,
 * or an unpacked data set, which is not read but noticed.
 */
import { join, resolve } from "@std/path";
import type { CatalogueArchive } from "../../pipeline/fetch/catalogue.ts";
import { LARGEST_FILE_BYTES, MOST_FILES } from "../../pipeline/fetch/archive.ts";
import {
  describeUnreadable,
  examples,
  isHidden,
  isLitter,
  sortPaths,
} from "../../pipeline/fetch/pictures.ts";

/** Where DVC runs queued experiments, below the root of the clone. */
const QUEUE = "/.dvc/tmp/exps/";
/** So deep below the user's folder an unpacked data set is looked for, in so many folders. */
const DEPTH = 2;
const MOST_FOLDERS = 2000;

/** @throws {Error} when download.folder is no folder; where it was looked for, and what a queue needs */
export async function checkFolder(folder: string): Promise<void> {
  const info = await statOrNothing(folder);
  if (info?.isDirectory) return;
  // For the message only; the folder is read by its given name.
  const here = resolve(".");
  const clone = here.includes(QUEUE) ? here.slice(0, here.indexOf(QUEUE)) : undefined;
  const place = folder.startsWith("/") ? "" : `, looked for in ${here}`;
  let advice = "Name an existing folder, best by its whole path.";
  if (clone !== undefined && place !== "") {
    advice = "A queued experiment runs in a folder of its own: queue it with the whole path, " +
      `-S download.folder=${join(clone, folder)}`;
  } else if (info) advice = "Name the folder that it lies in.";
  const what = info ? "is a file, not a folder" : "there is no such folder";
  throw new Error(`Cannot use download.folder ${folder}: ${what}${place}. ${advice}`);
}

/** The pictures below a folder: what the archive of them will hold. */
export interface Pictures {
  paths: string[];
  bytes: number;
  /** Sentences about what is left out. */
  leftOut: string[];
}

/**
 * All PNG and PPM files below a folder, links followed.
 * @returns nothing when there is no such folder
 * @throws {Error} naming a link that leaves the folder, leads nowhere or round in circles, a name with control
 *   characters, a file that is too large; or saying what the folder holds instead of pictures
 */
export async function findPictures(folder: string): Promise<Pictures | undefined> {
  if (!(await statOrNothing(folder))?.isDirectory) return undefined;
  const root = await Deno.realPath(folder);
  const files: string[] = [], hidden: string[] = [];
  const refuse = (path: string, reason: string): never => {
    throw new Error(`Cannot use ${join(folder, path)}: ${reason}`);
  };
  const follow = async (path: string, ancestors: readonly string[]) => {
    if (!await statOrNothing(join(folder, path))) {
      refuse(path, "the link leads nowhere. Remove it.");
    }
    const real = await Deno.realPath(join(folder, path));
    if (real !== root && !real.startsWith(`${root}/`)) {
      refuse(
        path,
        `the link leads out of ${folder}, to ${real}. Only what lies in the folder is read: ` +
          `replace the link by what it points to.`,
      );
    }
    if (ancestors.includes(real)) refuse(path, "the link leads back to a folder that it lies in.");
  };
  const visit = async (below: string, ancestors: readonly string[]): Promise<void> => {
    for await (const { name, isSymlink } of Deno.readDir(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      if (isLitter(path)) continue;
      if (/\p{Cc}/u.test(name)) {
        refuse(JSON.stringify(path), "the name holds control characters. Rename it.");
      }
      if (isHidden(name)) {
        hidden.push(path);
        continue;
      }
      if (isSymlink) await follow(path, ancestors);
      const { isDirectory } = await Deno.stat(join(folder, path));
      if (isDirectory) {
        await visit(path, [...ancestors, await Deno.realPath(join(folder, path))]);
      } else files.push(path);
      if (files.length > MOST_FILES) {
        refuse("", `it holds more than ${MOST_FILES} files. Leave out what is not needed.`);
      }
    }
  };
  await visit("", [root]);
  // The order of a folder's entries is the file system's.
  files.sort();
  hidden.sort();
  const { pictures: paths, unreadable } = sortPaths(files);
  if (paths.length === 0) {
    const instead = unreadable.length > 0 ? `, only ${describeUnreadable(unreadable)}` : ".";
    refuse("", `it holds no PNG or PPM picture${instead}`);
  }
  let bytes = 0;
  for (const path of paths) {
    const { isFile, size } = await Deno.stat(join(folder, path));
    if (!isFile) refuse(path, "it is not a file.");
    if (size > LARGEST_FILE_BYTES) {
      refuse(path, `it has ${size} bytes, at most ${LARGEST_FILE_BYTES} are read.`);
    }
    bytes += size;
  }
  const leftOut = [
    ...(unreadable.length > 0 ? [`pictures: ${describeUnreadable(unreadable)}`] : []),
    ...(hidden.length > 0
      ? [`hidden files and folders: ${hidden.length} (${examples(hidden)}).`]
      : []),
  ].map((what) => `${folder}: left out ${what}`);
  return { paths, bytes, leftOut };
}

/**
 * Whether a folder holds what an archive holds, unpacked: in it, below it, or because it is a part of it.
 * @throws {Error} naming the place and the command that packs it
 */
export async function refuseUnpacked(archive: CatalogueArchive, folder: string): Promise<void> {
  for (const marker of archive.unpacked ?? []) {
    const base = await findMarker(folder, marker);
    if (base === undefined) continue;
    const [top] = marker.split("/");
    throw new Error(
      `Cannot use download.folder ${folder}: ${join(base, marker)} is part of ${archive.file}, ` +
        `unpacked, and only the archive itself is read. Put ${archive.file} into a folder and name ` +
        `that one, or pack it again, quickly: (cd '${base}' && zip -r -0 ${archive.file} ${top}) ` +
        `and set download.folder to ${base}. To fetch it after all, name another folder.`,
    );
  }
}

/** The folder that holds the path `marker`. */
async function findMarker(folder: string, marker: string): Promise<string | undefined> {
  const parts = marker.split("/");
  for (let inside = parts.length; inside > 0; inside--) {
    const head = parts.slice(0, inside).join("/");
    if (folder !== head && !folder.endsWith(`/${head}`)) continue;
    const rest = await statOrNothing(join(folder, ...parts.slice(inside)));
    if (rest) return join(folder, ...parts.slice(0, inside).map(() => ".."));
  }
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
