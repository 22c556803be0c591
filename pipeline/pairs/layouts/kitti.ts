/**
 * KITTI 2012 and 2015: training/image_2 (2015), colored_0 or image_0 (2012) hold NNNNNN_10.png and
 * NNNNNN_11.png; flow_occ the truth of all pixels, flow_noc that of the visible ones; obj_map the
 * moving objects. Without flow_noc no occlusion mask can be made; it and obj_map are there for all
 * pairs or for none. The testing part has no truth and is left alone.
 */
import {
  allOrNone,
  keepPair,
  type Layout,
  type PairFiles,
  requireFile,
  requirePairs,
} from "./layout.ts";

/** Colour before grey where an archive holds both. */
const PICTURE_FOLDERS = ["image_2", "colored_0", "image_0"];
const TRUTH = /^(.*?)training\/(?:flow_occ|flow_noc|obj_map)\/(\d{6})_10\.png$/;

export const kitti: Layout = (paths, { dataset, archive }) => {
  const all = new Set(paths);
  const folder = PICTURE_FOLDERS.find((name) =>
    paths.some((path) => path.includes(`training/${name}/`))
  );
  const frame = new RegExp(`^(.*?)training/${folder}/(\\d{6})_1[01]\\.png$`);
  const hasTruth = paths.some((path) => TRUTH.test(path));
  const flowNoc = allOrNone(paths, "flowNoc", "training/flow_noc/", archive);
  const objects = allOrNone(paths, "objects", "training/obj_map/", archive);
  const pairs = new Map<string, PairFiles>();
  for (const path of paths) {
    const match = frame.exec(path) ?? TRUTH.exec(path);
    if (!match) continue;
    const [, root, name] = match;
    const inFolder = (folder: string, suffix = "10") =>
      `${root}training/${folder}/${name}_${suffix}.png`;
    const pair = {
      name,
      scene: name,
      dataset,
      frame1: requireFile(all, inFolder(folder ?? "image_2", "10"), path, archive),
      frame2: requireFile(all, inFolder(folder ?? "image_2", "11"), path, archive),
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
  return requirePairs([...pairs.values()], "training/image_2/NNNNNN_10.png", archive);
};
