/**
 * KITTI 2012 and 2015: training/image_2 (2015), colored_0 or image_0 (2012) hold NNNNNN_10.png and
 * NNNNNN_11.png; flow_occ the truth of all pixels, flow_noc that of the visible ones; obj_map the
 * moving objects. Where flow_noc is missing, no occlusion mask can be made. The testing part has no
 * truth and is left alone.
 */
import { type Layout, type PairFiles, requireFile, requirePairs } from "./layout.ts";

/** Colour before grey where an archive holds both. */
const PICTURE_FOLDERS = ["image_2", "colored_0", "image_0"];
const TRUTH = /^(.*?)training\/flow_occ\/(\d{6})_10\.png$/;

export const kitti: Layout = (paths, { dataset, archive }) => {
  const all = new Set(paths);
  const folder = PICTURE_FOLDERS.find((name) =>
    paths.some((path) => path.includes(`training/${name}/`))
  );
  const frame = new RegExp(`^(.*?)training/${folder}/(\\d{6})_1[01]\\.png$`);
  const hasTruth = paths.some((path) => TRUTH.test(path));
  const pairs = new Map<string, PairFiles>();
  for (const path of paths) {
    const match = frame.exec(path) ?? TRUTH.exec(path);
    if (!match) continue;
    const [, root, name] = match;
    const inFolder = (folder: string, suffix = "10") =>
      `${root}training/${folder}/${name}_${suffix}.png`;
    const optional = (key: "flowNoc" | "objects", folder: string) =>
      all.has(inFolder(folder)) ? { [key]: inFolder(folder) } : {};
    pairs.set(name, {
      name,
      scene: name,
      dataset,
      frame1: requireFile(all, inFolder(folder ?? "image_2", "10"), path, archive),
      frame2: requireFile(all, inFolder(folder ?? "image_2", "11"), path, archive),
      ...(hasTruth ? { flow: requireFile(all, inFolder("flow_occ"), path, archive) } : {}),
      ...optional("flowNoc", "flow_noc"),
      ...optional("objects", "obj_map"),
    });
  }
  return requirePairs([...pairs.values()], "training/image_2/NNNNNN_10.png", archive);
};
