/** Pairs of pictures: the samples of the page, and what a person drops. */
/// <reference lib="dom" />
import { readKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { type Picture, readPicture } from "../../pipeline/common/io/picture_file.ts";
import { areaResize } from "../../pipeline/common/io/resize.ts";
import { sampleScene } from "../scene.ts";

export interface Pair {
  readonly name: string;
  readonly frame1: Picture;
  readonly frame2: Picture;
  /** [H, W, 2] in pixels, NaN where it is unknown. */
  readonly truth?: Float32Array;
  /** What was done to the pictures, as a sentence. */
  readonly note?: string;
}

/** Pixels of a picture; larger ones are made smaller, so that a telephone's GPU can refine them. */
export const MOST_PIXELS = 640 * 480;
const SAMPLE_FOLDER = "samples";
export const SAMPLES = ["scene", "rubber_whale"] as const;
export type Sample = typeof SAMPLES[number];

/** @throws {Error} when it cannot be fetched */
export async function samplePair(name: Sample): Promise<Pair> {
  if (name === "scene") {
    const { width, height, frame1, frame2, flow } = sampleScene();
    return {
      name: "Synthetic scene",
      frame1: { width, height, data: frame1 },
      frame2: { width, height, data: frame2 },
      truth: flow,
    };
  }
  const fetchSample = async <T>(part: string, read: (bytes: Uint8Array, name: string) => T) => {
    const address = `${SAMPLE_FOLDER}/${name}_${part}.png`;
    return read(await fetchBytes(address), address);
  };
  const [frame1, frame2, { flow, valid }] = await Promise.all([
    fetchSample("1", readPicture),
    fetchSample("2", readPicture),
    fetchSample("flow", readKittiFlow),
  ]);
  const truth = flow.map((value, i) => valid[i >> 1] ? value : NaN);
  return { name: "RubberWhale", frame1, frame2, truth };
}

/** @throws {Error} when the server does not give it */
export async function fetchBytes(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(address);
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  throw new Error(
    `Cannot fetch ${address}: the server answered ${response.status}. Build the page anew: deno task page.`,
  );
}

/**
 * Of two files, in the order of their names.
 * @throws {Error} when there are not two, one is no picture, or their sizes differ
 */
export async function pairOfFiles(files: Iterable<File>): Promise<Pair> {
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  if (sorted.length !== 2) {
    const got = sorted.length === 1 ? "one file" : `${sorted.length} files`;
    throw new Error(
      `Cannot show a flow: wanted are two pictures at once or one clip, got ${got}. Choose both pictures together.`,
    );
  }
  const [first, second] = await Promise.all(
    sorted.map(async (file) => readPicture(await bytesOf(file), file.name)),
  );
  const sizes = [first, second].map(({ width, height }) => `${width} x ${height}`);
  if (sizes[0] !== sizes[1]) {
    throw new Error(
      `Cannot show a flow: the pictures must have one size, got ${sorted[0].name} with ${
        sizes[0]
      } and ` +
        `${sorted[1].name} with ${sizes[1]}. Cut or resize one of them.`,
    );
  }
  const [frame1, frame2] = [first, second].map(smaller);
  return {
    name: `${sorted[0].name} and ${sorted[1].name}`,
    frame1,
    frame2,
    note: frame1.width === first.width
      ? undefined
      : `Made smaller, from ${sizes[0]} to ${frame1.width} x ${frame1.height} pixels.`,
  };
}

async function bytesOf(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    throw new Error(
      `Cannot read ${file.name}: it is a folder, or was changed or moved since. Choose a file again.`,
      { cause: error },
    );
  }
}

function smaller(picture: Picture): Picture {
  const share = Math.sqrt(MOST_PIXELS / (picture.width * picture.height));
  if (share >= 1) return picture;
  const side = (length: number) => Math.max(2, Math.round(length * share));
  const size = { width: side(picture.width), height: side(picture.height) };
  const { values } = areaResize(picture.data, 3, picture, size);
  return { ...size, data: Uint8Array.from(values, Math.round) };
}
