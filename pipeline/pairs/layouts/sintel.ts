/**
 * MPI Sintel: training/PASS/SCENE/frame_NNNN.png in passes clean and final; flow, occlusions and
 * invalid masks belong to both, for all pairs or for none. Each pass is a data set of its own, DATASET_PASS. The test part has
 * no truth and is left alone.
 */
import { allOrNone, type Layout, type PairFiles, requireFile, requirePairs } from "./layout.ts";

const FRAME = /^(.*?)training\/(clean|final)\/([^/]+)\/frame_(\d{4})\.png$/;
const FLOW = /^(.*?)training\/flow\/([^/]+)\/frame_(\d{4})\.flo$/;

export const sintel: Layout = (paths, { dataset, archive }) => {
  const all = new Set(paths);
  const hasTruth = paths.some((path) => FLOW.test(path));
  const occlusions = allOrNone(paths, "occlusions", "training/occlusions/", archive);
  const invalid = allOrNone(paths, "invalid", "training/invalid/", archive);
  const pairs: PairFiles[] = [];
  const passes = new Set<string>();
  for (const path of paths) {
    const match = FRAME.exec(path);
    if (!match) continue;
    const [, root, pass, scene, number] = match;
    passes.add(pass);
    const neighbour = (step: number) => framePath(root, pass, scene, Number(number) + step);
    if (!all.has(neighbour(1))) {
      // The last frame of a scene closes a pair; a frame alone is a hole in the archive.
      if (!all.has(neighbour(-1))) requireFile(all, neighbour(1), path, archive);
      continue;
    }
    const name = `${scene}/frame_${number}`;
    const truth = (folder: string, type = "png") => `${root}training/${folder}/${name}.${type}`;
    pairs.push({
      name,
      scene,
      dataset: `${dataset}_${pass}`,
      frame1: path,
      frame2: neighbour(1),
      ...(hasTruth
        ? {
          flow: requireFile(all, truth("flow", "flo"), path, archive),
          ...occlusions(truth("occlusions"), path),
          ...invalid(truth("invalid"), path),
        }
        : {}),
    });
  }
  for (const path of paths) {
    const match = FLOW.exec(path);
    if (!match) continue;
    for (const pass of passes) {
      for (const step of [0, 1]) {
        const frame = framePath(match[1], pass, match[2], Number(match[3]) + step);
        requireFile(all, frame, path, archive);
      }
    }
  }
  return requirePairs(pairs, "training/final/SCENE/frame_NNNN.png", archive);
};

function framePath(root: string, pass: string, scene: string, number: number): string {
  return `${root}training/${pass}/${scene}/frame_${String(number).padStart(4, "0")}.png`;
}
