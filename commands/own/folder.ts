/** Makes own/NAME, or brings it up to date with the pictures that it was made from. */
import { join, resolve } from "@std/path";
import { findPictures } from "../../stages/download/own_folder.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { type Output, readTyped, readTypedModel, realPlaceOf, writeAll } from "../flow/files.ts";
import { placeOf } from "../typed_path.ts";
import { fileInfo, readText } from "../reproduce/files.ts";
import type { OwnRequest } from "./arguments.ts";
import { mirror } from "./mirror.ts";
import { changedParams, IGNORED, newParams, PIPELINE } from "./template.ts";

/** Relative to the root of this repository. */
export function folderOf({ name }: Pick<OwnRequest, "name">): string {
  return `own/${name}`;
}

/**
 * @param say is told what is done and what is left out
 * @throws {Error} when the pictures or the model cannot be read, the parameters are not allowed, or a file that somebody else
 *   put among the copies would be lost; nothing is then changed
 */
export async function prepareFolder(
  request: OwnRequest,
  say: (sentence: string) => void,
): Promise<void> {
  const folder = folderOf(request);
  const source = placeOf(request.folder);
  refuseOverlap(request.folder, folder);
  const pictures = await findPictures(source);
  if (!pictures) {
    const why = await fileInfo(source)
      ? "it is no folder. Name one with the pictures; of a video its frames, written as pictures."
      : "there is no such folder.";
    throw new Error(`Cannot read ${request.folder}: ${why}`);
  }
  pictures.leftOut.forEach(say);
  const present = await readText(`${folder}/params.yaml`);
  const params = present === undefined
    ? newParams(await Deno.readTextFile("params.yaml"), request.steps, `${folder}/params.yaml`)
    : changedParams(present, request.steps, `${folder}/params.yaml`);
  const start = `${folder}/start.safetensors`;
  const before = await fileInfo(start);
  // Whoever changed nothing keeps the start that the pipeline was made with.
  const model = request.model !== undefined || !before
    ? await readTypedModel(request.model)
    : undefined;
  if (!model) await checkStart(start);
  const { added, removed } = await mirror(source, pictures.paths, `${folder}/frames`);
  say(
    `${folder}/frames: ${pictures.paths.length} pictures, ${added} of them new or changed; ${removed} removed.`,
  );
  const texts: Record<string, string> = { "params.yaml": params, "dvc.yaml": PIPELINE };
  // DVC adds lines of its own.
  if (!await fileInfo(`${folder}/.gitignore`)) texts[".gitignore"] = IGNORED;
  const encoder = new TextEncoder();
  await writeAll([
    ...model ? [outputOf(start, model.bytes)] : [],
    ...Object.entries(texts).map(([name, text]) =>
      outputOf(`${folder}/${name}`, encoder.encode(text))
    ),
  ]);
  if (model) say(`${start}: ${model.name}.`);
}

/** @throws {Error} naming what an earlier run was stopped in, or somebody else has put there */
async function checkStart(start: string): Promise<void> {
  try {
    readModel(await readTyped(start, resolve(start)), start);
  } catch (error) {
    throw new Error(`${(error as Error).message} Name the model to start from with --model.`);
  }
}

/** Relative to the root of this repository, wherever the command was called. */
function outputOf(path: string, bytes: Uint8Array): Output {
  return { typed: path, place: path, bytes };
}

/** @throws {Error} when the pictures lie where copies are written, or the copies among the pictures, whatever links lead there */
function refuseOverlap(typed: string, folder: string): void {
  const source = realPlaceOf(typed);
  const own = realPlaceOf(join(Deno.cwd(), "own"));
  const target = realPlaceOf(join(Deno.cwd(), folder));
  const lies = (path: string, outer: string) => `${path}/`.startsWith(`${outer}/`);
  if (lies(target, source)) {
    throw new Error(
      `Cannot use ${typed}: ${folder} lies in it. Name the folder of the pictures alone.`,
    );
  }
  if (lies(source, own) || lies(source, target)) {
    throw new Error(
      `Cannot use ${typed}: it lies in ${
        lies(source, own) ? "own" : folder
      }, where deno task own keeps copies. Name the folder that they were copied from, or move it out of there.`,
    );
  }
}
