/**
 * KITTI 2012 and 2015: training/image_2 (2015), colored_0 or image_0 (2012) hold NNNNNN_10.png and
 * NNNNNN_11.png; flow_occ the truth of all pixels, flow_noc that of the visible ones; obj_map the
 * moving objects. Without flow_noc no occlusion mask can be made; it and obj_map are there for all
 * pairs or for none. The testing part, testing/FOLDER, has no truth and is left alone unless it is asked for; it is
 * DATASET_test then. Frames around a pair, of the multi-view extensions, are for kitti_multiview.ts.
 */
import {
  allOrNone,
  keepPair,
  type Layout,
  type Listing,
  listingOf,
  type PairFiles,
  pairsOf,
  requireFile,
} from "./layout.ts";

/** Colour before grey where an archive holds both. */
const PICTURE_FOLDERS = ["image_2", "colored_0", "image_0"];
const FRAME = /^(.*?)training\/(image_2|colored_0|image_0)\/(\d{6})_1[01]\.png$/;
const TEST_FRAME = /^(.*?)testing\/(image_2|colored_0|image_0)\/(\d{6})_1[01]\.png$/;
const TRUTH = /^(.*?)training\/(?:flow_occ|flow_noc|obj_map)\/(\d{6})_10\.png$/;

/** Any file where those of pairs lie. */
const PLACE = /^(.*?)training\/(?:image_2|colored_0|image_0|flow_occ|flow_noc|obj_map)\/([^/]+)$/i;
/** Of the 21 frames around a pair that the larger archives hold. */
const NUMBERED = /^(\d{6})_(?:[01]\d|20)\.png$/i;

export const kitti: Layout = (paths, options) => {
  const { dataset, archive, test = false } = options;
  const all = listingOf(paths, archive);
  const folders = pictureFolders(all, FRAME);
  const hasTruth = [...all.keys()].some((path) => TRUTH.test(path));
  const flowNoc = allOrNone(all, "flowNoc", "training/flow_noc/", archive);
  const objects = allOrNone(all, "objects", "training/obj_map/", archive);
  const pairs = new Map<string, PairFiles>();
  const numbers = new Set<string>();
  for (const path of all.keys()) {
    const frame = FRAME.exec(path), truth = TRUTH.exec(path);
    if (!truth && (!frame || frame[2] !== folders.get(frame[1]))) continue;
    const [root, name] = truth ? [truth[1], truth[2]] : [frame![1], frame![3]];
    const folder = folders.get(root) ?? PICTURE_FOLDERS[0];
    numbers.add(root + name);
    const inFolder = (folder: string, suffix = "10") =>
      `${root}training/${folder}/${name}_${suffix}.png`;
    const pair = {
      name,
      scene: name,
      dataset,
      frame1: requireFile(all, inFolder(folder, "10"), path, archive),
      frame2: requireFile(all, inFolder(folder, "11"), path, archive),
      ...(hasTruth
        ? {
          flow: requireFile(all, inFolder("flow_occ"), path, archive),
          ...flowNoc(inFolder("flow_noc"), path),
          ...objects(inFolder("obj_map"), path),
        }
        : {}),
    };
    keepPair(pairs, pair, archive);
  }
  if (test) {
    for (const pair of testPairs(all, `${dataset}_test`, archive)) keepPair(pairs, pair, archive);
  }
  return pairsOf(pairs.values(), paths, {
    looksLike: PLACE,
    isKnown(path) {
      const [, root, file] = PLACE.exec(path)!;
      const number = NUMBERED.exec(file);
      return number !== null && numbers.has(root + number[1]);
    },
    wanted: "training/image_2/NNNNNN_10.png, NNNNNN_11.png and training/flow_occ/NNNNNN_10.png",
  }, options);
};

/** The pairs of the testing part, by which the benchmark ranks. */
function testPairs(all: Listing, dataset: string, archive: string): PairFiles[] {
  const folders = pictureFolders(all, TEST_FRAME);
  return [...all.keys()].flatMap((path) => {
    const match = TEST_FRAME.exec(path);
    if (!match || match[2] !== folders.get(match[1])) return [];
    const [, root, folder, name] = match;
    const frame = (suffix: number) =>
      requireFile(all, `${root}testing/${folder}/${name}_${suffix}.png`, path, archive);
    return [{ name, scene: name, dataset, part: "test", frame1: frame(10), frame2: frame(11) }];
  });
}

/** Which pictures are taken below each root of the archive. */
function pictureFolders(listing: Listing, frame: RegExp): Map<string, string> {
  const folders = new Map<string, string>();
  for (const path of listing.keys()) {
    const match = frame.exec(path);
    if (!match) continue;
    const [, root, folder] = match;
    const known = folders.get(root);
    const isBetter = known === undefined ||
      PICTURE_FOLDERS.indexOf(folder) < PICTURE_FOLDERS.indexOf(known);
    if (isBetter) folders.set(root, folder);
  }
  return folders;
}
