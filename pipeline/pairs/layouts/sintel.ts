/**
 * MPI Sintel: training/PASS/SCENE/frame_NNNN.png in passes clean and final; flow, occlusions and
 * invalid masks belong to both, for all pairs or for none. Each pass is a data set of its own, DATASET_PASS. The test part has
 * no truth and is left alone.
 */
import {
  allOrNone,
  keepPair,
  type Layout,
  listingOf,
  type PairFiles,
  pairsOf,
  requireFile,
} from "./layout.ts";

const FRAME = /^(.*?)training\/(clean|final)\/([^/]+)\/frame_(\d{4})\.png$/;
const FLOW = /^(.*?)training\/flow\/([^/]+)\/frame_(\d{4})\.flo$/;

/** Any file where those of pairs lie. */
const PLACE = /^.*?training\/(clean|final|flow|occlusions|invalid)\/([^/]+)\/[^/]+$/i;
/** The last frame of a scene has masks, too. */
const MASK = /training\/(?:occlusions|invalid)\/([^/]+)\/frame_\d{4}\.png$/i;

export const sintel: Layout = (paths, options) => {
  const { dataset, archive } = options;
  const all = listingOf(paths, archive);
  const hasTruth = [...all.keys()].some((path) => FLOW.test(path));
  const occlusions = allOrNone(all, "occlusions", "training/occlusions/", archive);
  const invalid = allOrNone(all, "invalid", "training/invalid/", archive);
  const pairs = new Map<string, PairFiles>();
  const passes = new Set<string>();
  const scenes = new Set<string>();
  for (const [path, frame1] of all) {
    const match = FRAME.exec(path);
    if (!match) continue;
    const [, root, pass, scene, number] = match;
    passes.add(pass);
    scenes.add(scene);
    const neighbour = (step: number) => framePath(root, pass, scene, Number(number) + step);
    if (!all.has(neighbour(1))) {
      // The last frame of a scene closes a pair; a frame alone is a hole in the archive.
      if (!all.has(neighbour(-1))) requireFile(all, neighbour(1), path, archive);
      continue;
    }
    const name = `${scene}/frame_${number}`;
    const truth = (folder: string, type = "png") => `${root}training/${folder}/${name}.${type}`;
    const pair = {
      name,
      scene,
      dataset: `${dataset}_${pass}`,
      frame1,
      frame2: requireFile(all, neighbour(1), path, archive),
      ...(hasTruth
        ? {
          flow: requireFile(all, truth("flow", "flo"), path, archive),
          ...occlusions(truth("occlusions"), path),
          ...invalid(truth("invalid"), path),
        }
        : {}),
    };
    keepPair(pairs, pair, archive);
  }
  for (const path of all.keys()) {
    const match = FLOW.exec(path);
    if (!match) continue;
    for (const pass of passes) {
      for (const step of [0, 1]) {
        const frame = framePath(match[1], pass, match[2], Number(match[3]) + step);
        requireFile(all, frame, path, archive);
      }
    }
  }
  return pairsOf(pairs.values(), paths, {
    looksLike: PLACE,
    isKnown(path) {
      const mask = MASK.exec(path);
      return hasTruth && mask !== null && scenes.has(mask[1]);
    },
    wanted: "training/final/SCENE/frame_NNNN.png and training/flow/SCENE/frame_NNNN.flo",
  }, options);
};

function framePath(root: string, pass: string, scene: string, number: number): string {
  return `${root}training/${pass}/${scene}/frame_${String(number).padStart(4, "0")}.png`;
}
