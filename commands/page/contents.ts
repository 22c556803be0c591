/** What the live page takes from the run and the embedded sample, as files. */
import { openZip } from "../../pipeline/fetch/archive.ts";
import type { Contents } from "./site.ts";

const MODEL = "results/train/model.safetensors";
const PICTURES = "results/evaluate/pictures";
const ARCHIVE = "data/middlebury_sample.zip";
const FRAMES = ["frame10.png", "frame11.png"].map((name) => `other-data/RubberWhale/${name}`);

/** @throws {Error} naming the file that is missing, and what makes it */
async function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(new URL(`../../${path}`, import.meta.url));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot build the page: there is no ${path}. ./run fetches or makes it.`, {
      cause: error,
    });
  }
}

/** @throws {Error} naming what is missing */
export async function readContents(): Promise<Contents> {
  const archive = await bytesOf(ARCHIVE);
  const zip = await openZip({
    size: archive.length,
    read: (start, length) => Promise.resolve(archive.subarray(start, start + length)),
  }, ARCHIVE);
  return {
    model: await bytesOf(MODEL),
    frames: [await zip.read(FRAMES[0]), await zip.read(FRAMES[1])],
    recorded: {
      scene: await bytesOf(`${PICTURES}/scenes_scene_0000.png`),
      rubberWhale: await bytesOf(`${PICTURES}/middlebury_RubberWhale.png`),
    },
  };
}
