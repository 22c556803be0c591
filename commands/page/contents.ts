/** What the live page takes from the run and the embedded sample, as files. */
import { encodePng } from "../../pipeline/common/io/png.ts";
import { readPicture } from "../../pipeline/common/io/picture_file.ts";
import { areaResize } from "../../pipeline/common/io/resize.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { openZip } from "../../pipeline/fetch/archive.ts";
import type { Contents } from "./site.ts";

const ROOT = new URL("../../", import.meta.url);
const MODEL = "models/results/train/model.safetensors";
const PICTURES = "results/evaluate/pictures";
const ARCHIVE = "data/middlebury_sample.zip";
const FRAMES = ["frame10.png", "frame11.png"].map((name) => `other-data/RubberWhale/${name}`);

/** @throws {Error} naming the file that is missing, and what makes it */
async function bytesOf(path: string, root: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(new URL(path, root));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot build the page: there is no ${path}. ./run fetches or makes it.`, {
      cause: error,
    });
  }
}

/** A step of refinement takes a quarter of the time at half the size, and many adapters are slow. */
function halved(png: Uint8Array, name: string): Uint8Array {
  const picture = readPicture(png, name);
  const size = { width: picture.width >> 1, height: picture.height >> 1 };
  const { values } = areaResize(picture.data, 3, picture, size);
  return encodePng({ ...size, channels: 3, data: Uint8Array.from(values, Math.round) });
}

/**
 * @param root the folder that all of it lies in
 * @throws {Error} naming what is missing, and a model that the page could not use
 */
export async function readContents(root: URL = ROOT): Promise<Contents> {
  const model = await bytesOf(MODEL, root);
  // The page reads it in the browser of whoever visits it: a damaged one must show here.
  readModel(model, MODEL);
  const archive = await bytesOf(ARCHIVE, root);
  const zip = await openZip({
    size: archive.length,
    read: (start, length) => Promise.resolve(archive.subarray(start, start + length)),
  }, ARCHIVE);
  return {
    model,
    frames: [
      halved(await zip.read(FRAMES[0]), FRAMES[0]),
      halved(await zip.read(FRAMES[1]), FRAMES[1]),
    ],
    recorded: {
      scene: await bytesOf(`${PICTURES}/scenes_scene_0000.png`, root),
      rubberWhale: await bytesOf(`${PICTURES}/middlebury_RubberWhale.png`, root),
    },
  };
}
