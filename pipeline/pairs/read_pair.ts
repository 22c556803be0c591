/**
 * Reads the files of one pair and brings every format to the same terms: 8-bit RGB, flow with 0
 * where it is unknown, masks of 0 and 1.
 */
import { readFlo } from "../common/io/flo.ts";
import { readKittiFlow } from "../common/io/kitti_flow.ts";
import { type Picture, readPicture } from "../common/io/picture_file.ts";
import { decodePng } from "../common/io/png.ts";
import type { Archive } from "../fetch/archive.ts";
import type { PairFiles } from "./layouts/layout.ts";
import type { FramePair } from "../common/io/pair.ts";

interface Sized {
  width: number;
  height: number;
}

/** Reads the two pictures only, as training does: its data never holds truth. */
export async function readFrames(files: PairFiles, archive: Archive): Promise<FramePair> {
  const frame1 = await readFrame(files.frame1, archive);
  const frame2 = await readFrame(files.frame2, archive);
  checkSize(frame2, frame1, files.frame2, files.frame1, archive);
  const { name, scene, dataset } = files;
  const { width, height } = frame1;
  return { name, scene, dataset, width, height, frame1: frame1.data, frame2: frame2.data };
}

/**
 * Reads pictures and truth. A pixel is valid where the flow is known and the invalid mask is 0.
 * @throws {Error} when the pair has no flow, a file is damaged, or sizes or the two flows of KITTI disagree
 */
export async function readPair(files: PairFiles, archive: Archive): Promise<FramePair> {
  if (files.flow === undefined) {
    throw new Error(
      `Cannot read the truth of ${files.name}: ${archive.name} holds no flow for it.`,
    );
  }
  const pair = await readFrames(files, archive);
  const truth = await readFlow(files.flow, archive);
  checkSize(truth, pair, files.flow, files.frame1, archive);
  const mask = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    const read = await readMask(path, archive);
    checkSize(read, pair, path, files.frame1, archive);
    return read.data;
  };
  const invalid = await mask(files.invalid);
  if (invalid) {
    for (let i = 0; i < invalid.length; i++) if (invalid[i]) truth.valid[i] = 0;
  }
  let occluded = await mask(files.occlusions);
  if (files.flowNoc !== undefined) {
    const visible = await readFlow(files.flowNoc, archive);
    checkSize(visible, pair, files.flowNoc, files.frame1, archive);
    checkVisible(visible.valid, truth.valid, files, archive);
    occluded = truth.valid.map((known, i) => known && !visible.valid[i] ? 1 : 0);
  }
  const foreground = await mask(files.objects);
  return {
    ...pair,
    flow: truth.flow,
    valid: truth.valid,
    ...(occluded ? { occluded } : {}),
    ...(foreground ? { foreground } : {}),
  };
}

/** @throws {Error} naming the pair when a pixel that stays visible is known, and not among all that are known */
function checkVisible(
  visible: Uint8Array,
  known: Uint8Array,
  { name, flow, flowNoc }: PairFiles,
  archive: Archive,
): void {
  const more = visible.reduce((count, isVisible, i) => count + (isVisible && !known[i] ? 1 : 0), 0);
  if (more === 0) return;
  throw new Error(
    `Cannot use the truth of ${name} in ${archive.name}: ${flowNoc}, the flow of visible pixels, knows ${more} pixels ` +
      `that ${flow}, the flow of all pixels, does not. Are the folders flow_noc and flow_occ exchanged? Take the files of ` +
      `the official archive.`,
  );
}

async function readFrame(path: string, archive: Archive): Promise<Picture> {
  return readPicture(await archive.read(path), `${path} in ${archive.name}`);
}

async function readFlow(path: string, archive: Archive) {
  const bytes = await archive.read(path);
  const name = `${path} in ${archive.name}`;
  return /\.flo$/i.test(path) ? readFlo(bytes, name) : readKittiFlow(bytes, name);
}

/**
 * 1 where the picture is not black; Sintel writes 255, KITTI's object map a number per object, both in grey. Colours could
 * mean anything: a picture of them is no mask of these data sets.
 * @throws {Error} naming the file when a pixel is coloured
 */
async function readMask(path: string, archive: Archive): Promise<Sized & { data: Uint8Array }> {
  const name = `${path} in ${archive.name}`;
  const { width, height, channels, data } = decodePng(await archive.read(path), name);
  // Of two channels and of four, the last is alpha.
  const coloured = channels > 2;
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i++) {
    const at = i * channels;
    if (coloured && (data[at] !== data[at + 1] || data[at] !== data[at + 2])) {
      const x = i % width, y = Math.floor(i / width);
      throw new Error(
        `Cannot read ${name}: a mask must be grey, and its pixel (${x}, ${y}) has the colour ` +
          `${data.subarray(at, at + 3).join(", ")}. Take the file of the official archive.`,
      );
    }
    mask[i] = data[at] ? 1 : 0;
  }
  return { width, height, data: mask };
}

function checkSize(got: Sized, wanted: Sized, path: string, other: string, archive: Archive): void {
  if (got.width === wanted.width && got.height === wanted.height) return;
  throw new Error(
    `Cannot use ${path} in ${archive.name}: it is ${got.width} x ${got.height}, ` +
      `but ${other} is ${wanted.width} x ${wanted.height}.`,
  );
}
