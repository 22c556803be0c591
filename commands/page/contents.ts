/** What the live page takes from the run and the embedded sample, as files. */
import { readFlo } from "../../pipeline/common/io/flo.ts";
import { readPicture } from "../../pipeline/common/io/picture_file.ts";
import { writeKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { openZip } from "../../pipeline/fetch/archive.ts";
import type { Contents } from "./site.ts";

const ROOT = new URL("../../", import.meta.url);
const MODEL = "models/results/train/model.safetensors";
const PICTURES = "results/evaluate/pictures";
const ARCHIVE = "data/middlebury_sample.zip";
const TRUTH = "other-gt-flow/RubberWhale/flow10.flo";
const FRAMES = ["frame10.png", "frame11.png"].map((name) => `other-data/RubberWhale/${name}`);

/** @throws {Error} naming the file that is missing, and what makes it */
async function bytesOf(path: string, root: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(new URL(path, root));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot build the page: there is no ${path}. ./run fetches or makes it.`);
  }
}

/** As they are. @throws {Error} naming one that no browser would show */
async function pictureOf(path: string, root: URL): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await bytesOf(path, root);
  readPicture(bytes, path);
  return bytes;
}

/**
 * @param root the folder that all of it lies in
 * @throws {Error} naming what is missing or damaged, and a model that the page could not use
 */
export async function readContents(root: URL = ROOT): Promise<Contents> {
  const model = await bytesOf(MODEL, root);
  // The page reads it in the browser of whoever visits it: a damaged one must show here.
  readModel(model, MODEL);
  const recorded = {
    scene: await pictureOf(`${PICTURES}/scenes_scene_0000.png`, root),
    rubberWhale: await pictureOf(`${PICTURES}/middlebury_RubberWhale.png`, root),
  };
  const archive = await bytesOf(ARCHIVE, root);
  const zip = await openZip({
    size: archive.length,
    read: (start, length) => Promise.resolve(archive.subarray(start, start + length)),
  }, ARCHIVE);
  return {
    model,
    frames: [await zip.read(FRAMES[0]), await zip.read(FRAMES[1])],
    // A tenth of the bytes, for 1/128 px at most.
    truth: writeKittiFlow(readFlo(await zip.read(TRUTH), TRUTH)),
    recorded,
  };
}
