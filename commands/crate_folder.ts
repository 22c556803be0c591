/**
 * The folder of a crate: written whole beside its place and then moved there, over an earlier crate of this command and
 * nothing else. What was interrupted is recognised like a whole one, since the metadata come first.
 */
import { dirname, join, resolve } from "@std/path";
import { z } from "zod";
import { parseJson } from "../pipeline/common/io/json.ts";
import { shown } from "../pipeline/common/io/checked.ts";
import { fileId } from "./lineage/crate_entities.ts";
import { CRATE_NAME } from "./lineage/run_crate.ts";

const METADATA = "ro-crate-metadata.json";
const ROOT_ENTITY = "./";
const FILES_NAMED = 5;

const schema = z.looseObject({
  "@graph": z.array(z.looseObject({ "@id": z.string(), name: z.unknown().optional() })),
});

export interface CrateFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  /** Where its bytes lie. */
  readonly from: string;
}

/** @throws {Error} when the folder, or the one in which the crate is made, holds anything but an earlier crate */
export async function writeCrateFolder(
  out: string,
  metadata: string,
  files: readonly CrateFile[],
): Promise<void> {
  const place = await realPath(out);
  const partial = `${place}.partial`;
  for (const folder of [place, partial]) await mustBeReplaceable(folder);
  await removeFolder(partial);
  await Deno.mkdir(partial, { recursive: true });
  await Deno.writeTextFile(join(partial, METADATA), metadata);
  for (const { path, from } of files) {
    await Deno.mkdir(dirname(join(partial, path)), { recursive: true });
    await Deno.copyFile(from, join(partial, path));
  }
  await removeFolder(place);
  await Deno.rename(partial, place);
}

/** Where the folder is or will be; behind a link, its target. */
async function realPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return resolve(path);
  }
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function mustBeReplaceable(folder: string): Promise<void> {
  const found = await filesBelow(folder);
  if (found.length === 0) return;
  const own = await describedFiles(join(folder, METADATA));
  const foreign = found.filter((path) => !own?.has(fileId(path)));
  if (foreign.length === 0) return;
  const named = foreign.slice(0, FILES_NAMED).map(shown).join(", ");
  const more = foreign.length > FILES_NAMED ? ` and ${foreign.length - FILES_NAMED} more` : "";
  throw new Error(
    `Cannot write a crate to ${folder}: it holds other files, ${named}${more}, that no crate of this project ` +
      `describes. Move them away, or name an empty folder with --out.`,
  );
}

/** @throws {Error} when it is no folder */
async function filesBelow(folder: string, below = ""): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      files.push(...isDirectory ? await filesBelow(folder, path) : [path]);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotADirectory) {
      throw new Error(`Cannot write a crate to ${folder}: it is a file. Name a folder with --out.`);
    }
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return files.sort();
}

/** Identifiers of all that a crate of this command describes; undefined for any other file, or none. */
async function describedFiles(metadata: string): Promise<Set<string> | undefined> {
  try {
    const crate = parseJson(await Deno.readFile(metadata), schema, { file: metadata });
    const ids = crate["@graph"].map((entity) => entity["@id"]);
    const root = crate["@graph"].find((entity) => entity["@id"] === ROOT_ENTITY);
    return root?.name === CRATE_NAME ? new Set([...ids, METADATA]) : undefined;
  } catch {
    // Somebody else's, whatever it holds.
    return undefined;
  }
}
