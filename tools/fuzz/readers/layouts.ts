/** The layouts of data sets as readers of listings: the paths of an archive, a line each. */
import type { LayoutName } from "../../../pipeline/fetch/catalogue.ts";
import { findPairs } from "../../../pipeline/pairs/find_pairs.ts";
import type { PairFiles } from "../../../pipeline/pairs/layouts/layout.ts";
import { bytesOf, type Reader, textOf } from "../reader.ts";

const ARCHIVE = "frames.zip";
const pad = (number: number, digits: number) => String(number).padStart(digits, "0");
const numbers = (count: number, first = 1) => Array.from({ length: count }, (_, i) => first + i);

const RAW_FRAMES = numbers(4, 0).map((i) =>
  `2011_09_26/2011_09_26_drive_0001_sync/image_02/data/${pad(i, 10)}.png`
);
/** What readTexts() finds in the archive of a layout that needs it. */
const TEXTS: Partial<Record<LayoutName, ReadonlyMap<string, string>>> = {
  kitti_raw: new Map([["pairs.txt", `${RAW_FRAMES[0]} ${RAW_FRAMES[1]}\n`]]),
};

/** Paths as the official archives have them. */
const LISTINGS: Readonly<Record<LayoutName, readonly string[]>> = {
  middlebury: ["Venus", "Urban2"].flatMap((name) => [
    `other-data/${name}/frame10.png`,
    `other-data/${name}/frame11.png`,
    `other-gt-flow/${name}/flow10.flo`,
  ]),
  sintel: ["alley_1", "market_5"].flatMap((scene) => [
    ...numbers(4).flatMap((i) =>
      ["clean", "final"].map((pass) => `training/${pass}/${scene}/frame_${pad(i, 4)}.png`)
    ),
    ...numbers(3).flatMap((i) => [
      `training/flow/${scene}/frame_${pad(i, 4)}.flo`,
      `training/occlusions/${scene}/frame_${pad(i, 4)}.png`,
      `training/invalid/${scene}/frame_${pad(i, 4)}.png`,
    ]),
  ]),
  kitti: numbers(3, 0).flatMap((i) => [
    `training/image_2/${pad(i, 6)}_10.png`,
    `training/image_2/${pad(i, 6)}_11.png`,
    `training/flow_occ/${pad(i, 6)}_10.png`,
    `training/flow_noc/${pad(i, 6)}_10.png`,
    `training/obj_map/${pad(i, 6)}_10.png`,
  ]),
  kitti_multiview: ["image_2", "image_3"].flatMap((camera) =>
    numbers(21, 0).map((i) => `training/${camera}/000003_${pad(i, 2)}.png`)
  ),
  kitti_raw: RAW_FRAMES,
  flyingchairs: numbers(4).flatMap((i) =>
    ["img1.ppm", "img2.ppm", "flow.flo"].map((part) => `data/${pad(i, 5)}_${part}`)
  ),
  frames: ["walk", "drive/left"].flatMap((scene) => numbers(4, 8).map((i) => `${scene}/${i}.png`)),
};

const listing = (paths: readonly string[]) => () => bytesOf(paths.join("\n"));

/** Names beside those of the data set, of which a layout must tell. */
const ODD_NAMES: Readonly<Record<LayoutName, readonly string[]>> = {
  middlebury: ["other-data/Venus/frame010.png", "other-gt-flow/Urban2/flow.flo"],
  sintel: ["training/clean/alley_1/frame_00005.png", "training/flow/market_5/frame_1.flo"],
  kitti: ["training/image_2/00001_10.png", "training/flow_occ/000001_1x.PNG"],
  kitti_multiview: ["training/image_2/00003_10.png", "training/image_3/title.png"],
  kitti_raw: [],
  flyingchairs: ["data/1_img1.ppm", "data/00009_img2.png"],
  frames: ["walk/title.png", "drive/left/77.png"],
};

/** What official archives hold where pairs lie, besides them. */
const KNOWN: Readonly<Record<LayoutName, RegExp>> = {
  middlebury: /frame\d\d\.png$/i,
  sintel: /training\/(occlusions|invalid)\/\w+\/frame_\d{4}\.png$/i,
  kitti: /\d{6}_\d\d\.png$/i,
  kitti_multiview: /\d{6}_\d\d\.png$/i,
  // The list says which frames are read.
  kitti_raw: /\.png$/i,
  flyingchairs: /^$/,
  frames: /^$/,
};

const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/"));

/** @throws {Error} when a picture or flow lies in a folder of pairs, is in none and is not counted aloud */
function checkTold(
  name: LayoutName,
  paths: readonly string[],
  pairs: readonly PairFiles[],
  leftOut: readonly string[],
): void {
  const folders = new Set(LISTINGS[name].map(folderOf));
  const used = new Set(pairs.flatMap((pair): string[] => Object.values(pair)));
  const looks = name === "flyingchairs" ? /_(img[12]\.ppm|flow\.flo)$/i : /\.(png|ppm|flo)$/i;
  const unused = paths.filter((path) =>
    looks.test(path) && folders.has(folderOf(path)) && !used.has(path) && !KNOWN[name].test(path)
  );
  const told = leftOut.flatMap((
    said,
  ) => [...said.matchAll(/(\d+) (?:that are in no pair|without|in hidden)/g)])
    .reduce((sum, [, count]) => sum + Number(count), 0);
  if (told >= unused.length) return;
  throw new Error(
    `It leaves out in silence: ${told} are told of, not used are ${unused.join(", ")}`,
  );
}

/** The pairs that a layout finds among the paths of a listing, a line each, and what it leaves out. */
export const LAYOUT_READERS: readonly Reader[] = Object.entries(LISTINGS).map(([name, paths]) => ({
  name: `layout ${name}`,
  form: "lines",
  file: ARCHIVE,
  samples: {
    "two or three scenes": listing(paths),
    "odd names beside": listing([...paths, ...ODD_NAMES[name as LayoutName]]),
  },
  hostile: {
    "no file": listing([]),
    "a picture alone": listing(paths.slice(0, 1)),
    "a picture in a hidden folder": listing([`.hidden/${paths[0]}`]),
  },
  heavy: {
    "20000 files": listing(
      Array.from({ length: 20000 }, (_, i) => `${paths[0].replace(/\.\w+$/, "")}${i}.png`),
    ),
    "a number of 100000 digits": listing([`a/${"1".repeat(100_000)}.png`]),
    "a path of 100000 letters": listing(["training/".repeat(12_000)]),
  },
  read: (bytes, file) => {
    const leftOut: string[] = [];
    const lines = textOf(bytes).split("\n").filter((line) => line !== "");
    const archive = {
      name: file,
      // An archive holds a path once.
      paths: [...new Set(lines)].sort(),
      read: () => Promise.reject(new Error("Cannot read: a layout looks at paths only.")),
    };
    const pairs = findPairs(
      archive,
      name as LayoutName,
      "dataset",
      (message) => leftOut.push(message),
      { texts: TEXTS[name as LayoutName] },
    );
    checkTold(name as LayoutName, archive.paths, pairs, leftOut);
    return { pairs, leftOut };
  },
}));
