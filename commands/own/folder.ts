/** Makes own/NAME, or brings it up to date with the pictures that it was made from. */
import { dirname, join } from "@std/path";
import { sha256 } from "../../pipeline/common/sha256.ts";
import { findPictures } from "../../stages/download/own_folder.ts";
import { placeOf, readTypedModel } from "../flow/files.ts";
import type { OwnRequest } from "./arguments.ts";
import { changedParams, IGNORED, newParams, PIPELINE } from "./template.ts";

/** Relative to the root of this repository. */
export function folderOf({ name }: Pick<OwnRequest, "name">): string {
  return `own/${name}`;
}

/**
 * @param say is told what is done and what is left out
 * @throws {Error} when the pictures or the model cannot be read, or the parameters are not allowed; nothing is then changed
 */
export async function prepareFolder(
  request: OwnRequest,
  say: (sentence: string) => void,
): Promise<void> {
  const folder = folderOf(request);
  const source = placeOf(request.folder);
  const target = join(Deno.cwd(), folder);
  if (`${target}/`.startsWith(`${source}/`)) {
    throw new Error(
      `Cannot use ${request.folder}: ${folder} lies in it. Name the folder of the pictures alone.`,
    );
  }
  const pictures = await findPictures(source);
  if (!pictures) throw new Error(`Cannot read ${request.folder}: there is no such folder.`);
  pictures.leftOut.forEach(say);
  const present = await textOf(`${folder}/params.yaml`);
  const params = present === undefined
    ? newParams(await Deno.readTextFile("params.yaml"), request.steps, `${folder}/params.yaml`)
    : changedParams(present, request.steps, `${folder}/params.yaml`);
  const start = `${folder}/start.safetensors`;
  // Whoever changed nothing keeps the start that the pipeline was made with.
  const model = request.model !== undefined || !await isThere(start)
    ? await readTypedModel(request.model)
    : undefined;
  const { added, removed } = await mirror(source, pictures.paths, `${folder}/frames`);
  say(
    `${folder}/frames: ${pictures.paths.length} pictures, ${added} of them new or changed; ${removed} removed.`,
  );
  if (model) {
    await Deno.writeFile(start, model.bytes);
    say(`${start}: ${model.name}.`);
  }
  await Deno.writeTextFile(`${folder}/params.yaml`, params);
  await Deno.writeTextFile(`${folder}/dvc.yaml`, PIPELINE);
  // DVC adds lines of its own.
  if (!await isThere(`${folder}/.gitignore`)) {
    await Deno.writeTextFile(`${folder}/.gitignore`, IGNORED);
  }
}

/** Makes a folder hold copies of these files and no others: what is done to the originals later changes no recorded run. */
async function mirror(
  source: string,
  paths: readonly string[],
  target: string,
): Promise<{ added: number; removed: number }> {
  await Deno.mkdir(target, { recursive: true });
  const wanted = new Set(paths);
  let added = 0, removed = 0;
  for (const path of await filesBelow(target)) {
    if (wanted.has(path)) continue;
    await Deno.remove(join(target, path));
    removed++;
  }
  for (const path of paths) {
    const from = join(source, path), to = join(target, path);
    if (await hasSameContent(from, to)) continue;
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.remove(to).catch(unlessMissing);
    await Deno.copyFile(from, to);
    added++;
  }
  return { added, removed };
}

async function hasSameContent(from: string, to: string): Promise<boolean> {
  if (!await isThere(to)) return false;
  if ((await Deno.stat(from)).size !== (await Deno.stat(to)).size) return false;
  return await sha256(await Deno.readFile(from)) === await sha256(await Deno.readFile(to));
}

async function filesBelow(folder: string, below = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) paths.push(...await filesBelow(folder, path));
    else paths.push(path);
  }
  return paths;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    unlessMissing(error);
  }
}

function isThere(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
