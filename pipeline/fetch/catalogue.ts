/**
 * Where data comes from: the samples embedded in this repository and the official archives they were
 * cut from. Hashes stand here, outside data/, so that a changed data/ is noticed; for archives on the
 * network none is published, so none is claimed, and their sizes are rounded.
 */
import { shown } from "../common/io/checked.ts";

/** How files are arranged; each has a file of its own in layouts/. */
export const LAYOUT_NAMES = [
  "middlebury",
  "sintel",
  "kitti",
  "kitti_multiview",
  "kitti_raw",
  "flyingchairs",
  "frames",
] as const;
export type LayoutName = typeof LAYOUT_NAMES[number];

export interface CatalogueArchive {
  file: string;
  /** Absent for archives that only data/ or archives/ can hold. */
  url?: string;
  /** Exact where `sha256` is given, else rounded to two digits, for free disk space and longestBody(). */
  bytes: number;
  sha256?: string;
  unpacked?: Unpacked;
}

/** An archive that somebody has unpacked, by paths in it. */
export interface Unpacked {
  /** Folders by which it is known. */
  readonly markers: readonly string[];
  /** All folders and files that are read, as far as they are there. */
  readonly holds: readonly string[];
}

export interface CatalogueSource {
  title: string;
  /** The data set without its variants; two sources of one data set exclude each other. */
  dataset: string;
  layout: LayoutName;
  page: string;
  licence: string;
  citation: string;
  archives: readonly CatalogueArchive[];
  /** The archives lie in data/. */
  embedded?: true;
  /** Texts that may lie beside the archives in archives/, such as an official split. */
  texts?: readonly string[];
  /** Pairs of the official archives, by data set: scores of fewer do not compare with published ones. */
  pairs?: Readonly<Record<string, number>>;
}

const MIDDLEBURY = {
  dataset: "middlebury",
  layout: "middlebury",
  page: "https://vision.middlebury.edu/flow/data/",
  licence: "no licence stated; published for the evaluation of optical flow, to be cited",
  citation: "Baker, Scharstein, Lewis, Roth, Black, Szeliski: A Database and Evaluation " +
    "Methodology for Optical Flow, IJCV 2011",
} as const;

const SINTEL = {
  dataset: "sintel",
  layout: "sintel",
  page: "http://sintel.is.tue.mpg.de/",
  licence: "CC BY 3.0, (c) Blender Foundation, durian.blender.org",
  citation: "Butler, Wulff, Stanley, Black: A naturalistic open source movie for optical flow " +
    "evaluation, ECCV 2012",
} as const;

const KITTI_2012 = {
  dataset: "kitti2012",
  layout: "kitti",
  page: "https://www.cvlibs.net/datasets/kitti/eval_stereo_flow.php?benchmark=flow",
  licence: "CC BY-NC-SA 3.0",
  citation: "Geiger, Lenz, Urtasun: Are we ready for Autonomous Driving? The KITTI Vision " +
    "Benchmark Suite, CVPR 2012",
} as const;

const KITTI_2015 = {
  dataset: "kitti2015",
  layout: "kitti",
  page: "https://www.cvlibs.net/datasets/kitti/eval_scene_flow.php?benchmark=flow",
  licence: "CC BY-NC-SA 3.0",
  citation: "Menze, Geiger: Object Scene Flow for Autonomous Vehicles, CVPR 2015",
} as const;

export const CATALOGUE: Readonly<Record<string, CatalogueSource>> = {
  middlebury_sample: {
    ...MIDDLEBURY,
    title: "Middlebury, RubberWhale and Venus",
    embedded: true,
    archives: [{
      file: "middlebury_sample.zip",
      bytes: 2957860,
      sha256: "28e7bc0c82357edce9fbc85dd95fec04344e7df64cf5ce903483ceba9fa84f5a",
    }],
  },
  sintel_sample: {
    ...SINTEL,
    title: "MPI Sintel, one pair of market_5, final pass",
    embedded: true,
    archives: [{
      file: "sintel_sample.zip",
      bytes: 3967772,
      sha256: "1daadfe3caa775bc32d35e6e0f4f5a1aab97a71a8f3150bb0f355e946d824b33",
    }],
  },
  kitti2015_sample: {
    ...KITTI_2015,
    title: "KITTI 2015, pair 000000",
    embedded: true,
    archives: [{
      file: "kitti2015_sample.zip",
      bytes: 2277989,
      sha256: "6223e1a668ce70c97877eeccaf99f0ca5c469079ea7785c21e46b42478d9b5a7",
    }],
  },
  middlebury: {
    ...MIDDLEBURY,
    title: "Middlebury, training sequences",
    archives: [
      {
        file: "other-color-twoframes.zip",
        url: "https://vision.middlebury.edu/flow/data/comp/zip/other-color-twoframes.zip",
        bytes: 12e6,
        unpacked: { markers: ["other-data"], holds: ["other-data"] },
      },
      {
        file: "other-gt-flow.zip",
        url: "https://vision.middlebury.edu/flow/data/comp/zip/other-gt-flow.zip",
        bytes: 15e6,
        unpacked: { markers: ["other-gt-flow"], holds: ["other-gt-flow"] },
      },
    ],
    pairs: { middlebury: 12 },
  },
  middlebury_eval: {
    ...MIDDLEBURY,
    dataset: "middlebury_eval",
    title: "Middlebury, evaluation sequences, which have no public truth",
    archives: [{
      file: "eval-color-twoframes.zip",
      url: "https://vision.middlebury.edu/flow/data/comp/zip/eval-color-twoframes.zip",
      bytes: 15e6,
      unpacked: { markers: ["eval-data"], holds: ["eval-data"] },
    }],
    pairs: { middlebury_eval_test: 12 },
  },
  sintel: {
    ...SINTEL,
    title: "MPI Sintel, clean and final pass",
    archives: [{
      file: "MPI-Sintel-complete.zip",
      url: "https://files.is.tue.mpg.de/sintel/MPI-Sintel-complete.zip",
      bytes: 5.7e9,
      unpacked: {
        markers: ["training/final", "training/clean"],
        holds: [
          ...["clean", "final", "flow", "occlusions", "invalid"].map((name) => `training/${name}`),
          "test/clean",
          "test/final",
        ],
      },
    }],
    pairs: {
      sintel_clean: 1041,
      sintel_final: 1041,
      sintel_clean_test: 552,
      sintel_final_test: 552,
    },
  },
  kitti2012: {
    ...KITTI_2012,
    title: "KITTI 2012",
    archives: [{
      file: "data_stereo_flow.zip",
      url: "https://s3.eu-central-1.amazonaws.com/avg-kitti/data_stereo_flow.zip",
      bytes: 2.1e9,
      unpacked: {
        markers: ["training/colored_0", "training/image_0"],
        holds: [
          ...["colored_0", "image_0", "flow_occ", "flow_noc"].map((name) => `training/${name}`),
          "testing/colored_0",
          "testing/image_0",
        ],
      },
    }],
    pairs: { kitti2012: 194, kitti2012_test: 195 },
  },
  kitti2015: {
    ...KITTI_2015,
    title: "KITTI 2015",
    archives: [{
      file: "data_scene_flow.zip",
      url: "https://s3.eu-central-1.amazonaws.com/avg-kitti/data_scene_flow.zip",
      bytes: 1.7e9,
      unpacked: {
        markers: ["training/image_2", "training/obj_map"],
        holds: [
          ...["image_2", "flow_occ", "flow_noc", "obj_map"].map((name) => `training/${name}`),
          "testing/image_2",
        ],
      },
    }],
    pairs: { kitti2015: 200, kitti2015_test: 200 },
  },
  kitti2012_multiview: {
    ...KITTI_2012,
    dataset: "kitti2012_multiview",
    layout: "kitti_multiview",
    title: "KITTI 2012, multi-view extension",
    archives: [{
      file: "data_stereo_flow_multiview.zip",
      url: "https://s3.eu-central-1.amazonaws.com/avg-kitti/data_stereo_flow_multiview.zip",
      bytes: 18e9,
      unpacked: {
        markers: ["training/colored_1"],
        holds: ["training/colored_0", "training/colored_1"],
      },
    }],
  },
  kitti2015_multiview: {
    ...KITTI_2015,
    dataset: "kitti2015_multiview",
    layout: "kitti_multiview",
    title: "KITTI 2015, multi-view extension",
    archives: [{
      file: "data_scene_flow_multiview.zip",
      url: "https://s3.eu-central-1.amazonaws.com/avg-kitti/data_scene_flow_multiview.zip",
      bytes: 15e9,
      unpacked: { markers: ["training/image_3"], holds: ["training/image_2", "training/image_3"] },
    }],
  },
  kitti_raw: {
    dataset: "kitti_raw",
    layout: "kitti_raw",
    page: "https://www.cvlibs.net/datasets/kitti/raw_data.php",
    licence: "CC BY-NC-SA 3.0",
    citation: "Geiger, Lenz, Stiller, Urtasun: Vision meets Robotics: The KITTI Dataset, IJRR 2013",
    title: "KITTI raw, the pairs of a list: archives/kitti_raw.zip or archives/kitti_raw",
    archives: [{
      file: "kitti_raw.zip",
      bytes: 0,
      unpacked: { markers: ["kitti_raw"], holds: ["kitti_raw"] },
    }],
  },
  flyingchairs: {
    dataset: "flyingchairs",
    layout: "flyingchairs",
    page: "https://lmb.informatik.uni-freiburg.de/resources/datasets/FlyingChairs.en.html",
    licence: "research only, no commercial use, to be cited",
    citation: "Dosovitskiy et al.: FlowNet: Learning Optical Flow with Convolutional Networks, " +
      "ICCV 2015",
    title: "FlyingChairs",
    archives: [{
      file: "FlyingChairs.zip",
      url: "https://lmb.informatik.uni-freiburg.de/data/FlyingChairs/FlyingChairs.zip",
      bytes: 31e9,
      unpacked: {
        markers: ["FlyingChairs_release/data"],
        holds: ["FlyingChairs_release"],
      },
    }],
    texts: ["FlyingChairs_train_val.txt"],
    pairs: { flyingchairs: 22872 },
  },
  frames: {
    dataset: "frames",
    layout: "frames",
    page: "",
    licence: "your own",
    citation: "",
    title:
      "Your own pictures: archives/frames.zip or archives/frames, numbered, one folder a sequence",
    archives: [{ file: "frames.zip", bytes: 0 }],
  },
};

/** Bytes beyond which a download cannot be this archive. */
export function longestBody({ bytes, sha256 }: CatalogueArchive): number {
  return sha256 === undefined ? Math.round(1.1 * bytes) : bytes;
}

/** What is wrong with a choice of sources, a sentence each: unknown names, and two sources of one data set. */
export function sourceProblems(names: readonly string[]): string[] {
  const chosen = new Map<string, string>();
  return names.flatMap((name) => {
    if (!Object.hasOwn(CATALOGUE, name)) {
      const known = Object.keys(CATALOGUE).join(", ");
      return [`${shown(name)} is not in the catalogue. Known are ${known}.`];
    }
    const { dataset } = CATALOGUE[name];
    const other = chosen.get(dataset);
    chosen.set(dataset, name);
    return other === undefined ? [] : [`${other} and ${name} are both ${dataset}. Keep one.`];
  });
}

/**
 * The sources of the given names, in that order.
 * @throws {Error} on the first of sourceProblems()
 */
export function selectSources(names: readonly string[]): [string, CatalogueSource][] {
  const [problem] = sourceProblems(names);
  if (problem !== undefined) throw new Error(`Cannot use download.sources: ${problem}`);
  return names.map((name) => [name, CATALOGUE[name]]);
}
