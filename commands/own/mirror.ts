/**
 * A folder of copies that follows a folder of pictures. A list beside it, FOLDER.sha256 in the format of sha256sum, tells the
 * copies made here from what somebody else put there: only the former are ever replaced or removed.
 */
import { dirname, join } from "@std/path";
import { unreadable } from "../../pipeline/common/io/text.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";
import { reasonOf } from "../failure.ts";
import { writeAll } from "../flow/files.ts";

const SHOWN = 5;
/** A path may be there twice while its copy is replaced. */
type Listed = readonly (readonly [hash: string, path: string])[];

export interface Mirrored {
  readonly added: number;
  readonly removed: number;
}

/**
 * Makes a folder hold copies of these files and no others: what is done to the originals later changes no recorded run.
 * @param paths in the folder `source`
 * @throws {Error} when `target` is a link, or holds a file that would have to go and is none of the copies made by an earlier
 *   call, unchanged since; nothing is then changed
 */
export async function mirror(
  source: string,
  paths: readonly string[],
  target: string,
): Promise<Mirrored> {
  const entry = await Deno.lstat(target).catch(unlessMissing);
  if (entry && !entry.isDirectory) {
    throw new Error(
      `Cannot write to ${target}: it is ${entry.isSymlink ? "a link" : "a file"}, and copies of ` +
        `the pictures belong into a folder of their own there. Move it away.`,
    );
  }
  const list = `${target}.sha256`;
  const listed = await readList(list);
  const own = new Set(listed.map(([hash, path]) => lineOf(hash, path)));
  const wanted = new Map<string, string>();
  for (const path of paths) wanted.set(path, await hashOf(join(source, path)));
  const present = new Map<string, string | undefined>();
  for (const { path, isFile } of entry ? await entriesBelow(target) : []) {
    present.set(path, isFile ? await hashOf(join(target, path)) : undefined);
  }
  const stale = [...present].filter(([path, hash]) =>
    hash === undefined || wanted.get(path) !== hash
  );
  refuseForeign(
    stale.filter(([path, hash]) => hash === undefined || !own.has(lineOf(hash, path)))
      .map(([path]) => path),
    target,
  );
  await Deno.mkdir(target, { recursive: true });
  // Before the first change, so that a run after a kill knows what this one has copied.
  await writeList(list, [...listed, ...[...wanted].map(([path, hash]) => [hash, path] as const)]);
  const removed = stale.filter(([path]) => !wanted.has(path));
  for (const [path] of removed) await Deno.remove(join(target, path));
  const added = paths.filter((path) => present.get(path) !== wanted.get(path));
  for (const path of added) await copyWhole(join(source, path), join(target, path), target);
  await writeList(list, [...wanted].map(([path, hash]) => [hash, path]));
  return { added: added.length, removed: removed.length };
}

function refuseForeign(foreign: readonly string[], target: string): void {
  if (foreign.length === 0) return;
  const more = foreign.length > SHOWN ? ", …" : "";
  const files = foreign.length === 1 ? "1 file" : `${foreign.length} files`;
  throw new Error(
    `Cannot bring ${target} up to date: ${files} in it would be lost that deno task own did not copy there, or that ` +
      `changed since (${
        foreign.slice(0, SHOWN).join(", ")
      }${more}). Move them away; new pictures ` +
      "belong into the folder that is named.",
  );
}

/** A copy that is not whole has never its final name. */
async function copyWhole(from: string, to: string, target: string): Promise<void> {
  const partial = `${target}.partial`;
  try {
    await Deno.copyFile(from, partial);
    await Deno.mkdir(dirname(to), { recursive: true });
    // Where pictures lay in a folder of this name, it is empty now.
    if ((await Deno.lstat(to).catch(unlessMissing))?.isDirectory) await Deno.remove(to);
    await Deno.rename(partial, to);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw new Error(`Cannot copy ${from} to ${to}: ${reasonOf(error)}.`);
  }
}

async function readList(file: string): Promise<Listed> {
  const text = await Deno.readTextFile(file).catch(unlessMissing);
  return (text ?? "").split("\n").slice(0, -1).map((line, i) => {
    const [, hash, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (path !== undefined) return [hash, path];
    throw unreadable(
      file,
      `line ${i + 1} is no hash with a path`,
      "Remove it and the copies beside it.",
    );
  });
}

async function writeList(file: string, listed: Listed): Promise<void> {
  const text = listed.map(([hash, path]) => `${lineOf(hash, path)}\n`).join("");
  await writeAll([{ typed: file, place: file, bytes: new TextEncoder().encode(text) }]);
}

function lineOf(hash: string, path: string): string {
  return `${hash}  ${path}`;
}

async function hashOf(path: string): Promise<string> {
  return await sha256(await Deno.readFile(path));
}

/** Links count as they are, whatever they lead to. */
async function entriesBelow(
  folder: string,
  below = "",
): Promise<{ path: string; isFile: boolean }[]> {
  const entries = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) entries.push(...await entriesBelow(folder, path));
    else entries.push({ path, isFile });
  }
  return entries;
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
