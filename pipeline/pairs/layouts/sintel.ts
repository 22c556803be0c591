/**
 * MPI Sintel: training/PASS/SCENE/frame_NNNN.png in passes clean and final; flow, occlusions and
 * invalid masks belong to both, for all pairs or for none. Each pass is a data set of its own, DATASET_PASS. The test part,
 * test/PASS/SCENE/frame_NNNN.png, has no truth and is left alone unless it is asked for; it is DATASET_PASS_test then.
 */
import { describeNumbers, requireSame } from "./complete.ts";
import {
  allOrNone,
  keepPair,
  type Layout,
  listingOf,
  type PairFiles,
  pairsOf,
  requireFile,
} from "./layout.ts";

const FRAME = /^(.*?)(training|test)\/(clean|final)\/([^/]+)\/frame_(\d{4})\.png$/;
const FLOW = /^(.*?)training\/flow\/([^/]+)\/frame_(\d{4})\.flo$/;

/** Any file where those of pairs lie. */
const PLACE = /^.*?training\/(clean|final|flow|occlusions|invalid)\/([^/]+)\/[^/]+$/i;
const TEST_PLACE = /^.*?(?:training|test)\/(clean|final|flow|occlusions|invalid)\/([^/]+)\/[^/]+$/i;
/** The last frame of a scene has masks, too. */
const MASK = /training\/(?:occlusions|invalid)\/([^/]+)\/frame_\d{4}\.png$/i;

/**
 * The scenes on which published code trains when it validates on the others; its own choice, the data set has none.
 * Liu et al., Learning by Analogy (CVPR 2020): https://github.com/lliuz/ARFlow, datasets/flow_datasets.py
 */
const USUAL_TRAINING = [
  "alley_1",
  "ambush_4",
  "ambush_6",
  "ambush_7",
  "bamboo_2",
  "bandage_2",
  "cave_2",
  "market_2",
  "market_5",
  "shaman_2",
  "sleeping_2",
  "temple_3",
];

export const sintel: Layout = (paths, options) => {
  const { dataset, archive, test = false } = options;
  const all = listingOf(paths, archive);
  const hasTruth = [...all.keys()].some((path) => FLOW.test(path));
  const occlusions = allOrNone(all, "occlusions", "training/occlusions/", archive);
  const invalid = allOrNone(all, "invalid", "training/invalid/", archive);
  const pairs = new Map<string, PairFiles>();
  const passes = new Set<string>();
  const scenes = new Set<string>();
  const frames = [...all].flatMap(([path, frame1]) => {
    const match = FRAME.exec(path);
    return match && (test || match[2] === "training") ? [{ path, frame1, match }] : [];
  });
  requireSamePasses(frames.map(({ match }) => match), archive);
  for (const { path, frame1, match } of frames) {
    const [, root, part, pass, scene, number] = match;
    const isTest = part === "test";
    if (!isTest) passes.add(pass);
    scenes.add(scene);
    const neighbour = (step: number) =>
      framePath(`${root}${part}/${pass}`, scene, Number(number) + step);
    if (!all.has(neighbour(1))) {
      // The last frame of a scene closes a pair; a frame alone is a hole in the archive.
      if (!all.has(neighbour(-1))) requireFile(all, neighbour(1), path, archive);
      continue;
    }
    const name = `${scene}/frame_${number}`;
    const truth = (folder: string, type = "png") => `${root}training/${folder}/${name}.${type}`;
    const pair: PairFiles = {
      name,
      scene,
      dataset: `${dataset}_${pass}${isTest ? "_test" : ""}`,
      part: isTest ? "test" : USUAL_TRAINING.includes(scene) ? "training" : "validation",
      frame1,
      frame2: requireFile(all, neighbour(1), path, archive),
      ...(hasTruth && !isTest
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
        const frame = framePath(`${match[1]}training/${pass}`, match[2], Number(match[3]) + step);
        requireFile(all, frame, path, archive);
      }
    }
  }
  return pairsOf(pairs.values(), paths, {
    looksLike: test ? TEST_PLACE : PLACE,
    isKnown(path) {
      const mask = MASK.exec(path);
      return hasTruth && mask !== null && scenes.has(mask[1]);
    },
    wanted: "training/final/SCENE/frame_NNNN.png and training/flow/SCENE/frame_NNNN.flo",
  }, options);
};

/** @throws {Error} where both passes lie below one root and a scene has frames in one that the other lacks */
function requireSamePasses(frames: readonly RegExpExecArray[], archive: string): void {
  const sequences = Map.groupBy(frames, ([, root, part, , scene]) => `${root}${part} ${scene}`);
  const passesOf = new Map<string, Set<string>>();
  for (const [, root, part, pass] of frames) {
    const key = root + part;
    passesOf.set(key, (passesOf.get(key) ?? new Set()).add(pass));
  }
  for (const of of sequences.values()) {
    const [, root, part, , scene] = of[0];
    const folders = [...passesOf.get(root + part)!].map((pass) => ({
      folder: `${root}${part}/${pass}`,
      numbers: of.filter((frame) => frame[3] === pass).map((frame) => Number(frame[5])),
    }));
    requireSame(folders, {
      archive,
      what: `frames of scene ${scene}`,
      describe: (missing) => describeNumbers(missing, (number) => frameName(number)),
    });
  }
}

function frameName(number: number): string {
  return `frame_${String(number).padStart(4, "0")}.png`;
}

function framePath(folder: string, scene: string, number: number): string {
  return `${folder}/${scene}/${frameName(number)}`;
}
