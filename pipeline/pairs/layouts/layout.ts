/**
 * What a layout is: the rule by which the paths of a data set form frame pairs. Layouts look at
 * paths only; read_pair.ts reads what they found.
 */

import { examples } from "../../fetch/pictures.ts";

/** The files of one pair, as paths in the archive. */
export interface PairFiles {
  name: string;
  scene: string;
  dataset: string;
  /**
   * The part of the data set by its official or usual split; `test` are pairs without truth, by which a benchmark ranks.
   * Absent where there is no such split.
   */
  part?: "training" | "validation" | "test";
  frame1: string;
  frame2: string;
  /** .flo, or .png as KITTI writes it. */
  flow?: string;
  /** KITTI: the flow of pixels that stay visible; what `flow` knows beyond it is occluded. */
  flowNoc?: string;
  /** Picture, not 0 where a pixel of frame 1 is hidden in frame 2. */
  occlusions?: string;
  /** Picture, not 0 where the truth is not to be trusted. */
  invalid?: string;
  /** Picture, not 0 on moving objects. */
  objects?: string;
}

export interface LayoutOptions {
  /** The catalogue's name of the data set. */
  dataset: string;
  /** The archive's name, for errors. */
  archive: string;
  /** Paths that are symbolic links. */
  links?: readonly string[];
  /** Whether the frames of a benchmark's test part are taken, too; default false. */
  test?: boolean;
  /** Contents of the split files and lists in the archive, by path; see TEXTS in find_pairs.ts. */
  texts?: ReadonlyMap<string, string>;
  /** Told what is left out and why, "pictures: 2 without ...". */
  leaveOut?: (what: string) => void;
}

/** @throws {Error} when a file lacks its partner, or no pair is found */
export type Layout = (paths: readonly string[], options: LayoutOptions) => PairFiles[];

/** Paths as they are in the archive, by the same with the ending in lower case: .PNG is .png. */
export type Listing = ReadonlyMap<string, string>;

/** @throws {Error} naming two files that differ in the case of their endings alone */
export function listingOf(paths: readonly string[], archive: string): Listing {
  const listing = new Map<string, string>();
  for (const path of paths) {
    const key = path.replace(/\.(png|ppm|flo)$/i, (ending) => ending.toLowerCase());
    const other = listing.get(key);
    if (other !== undefined) {
      throw new Error(
        `Cannot use ${path} in ${archive}: ${other} has the same name but for the case of its ending. ` +
          `Keep one of the two.`,
      );
    }
    listing.set(key, path);
  }
  return listing;
}

/** @throws {Error} naming the missing file and the one that needs it */
export function requireFile(
  listing: Listing,
  wanted: string,
  neededBy: string,
  archive: string,
): string {
  const path = listing.get(wanted);
  if (path !== undefined) return path;
  throw new Error(
    `Cannot use ${neededBy} in ${archive}: its partner ${wanted} is missing. ` +
      `The archive is incomplete; get it again.`,
  );
}

/**
 * Files that all pairs with truth have or none has, as masks: were they missing for some, the columns of scores made
 * with them would stand for other pairs than the rest, and nobody would see it.
 * @param folder how a path of such a file begins, as a part of it: "training/flow_noc/"
 * @returns for a wanted path, `{ [key]: path }` or nothing
 */
export function allOrNone<Key extends keyof PairFiles>(
  listing: Listing,
  key: Key,
  folder: string,
  archive: string,
): (wanted: string, neededBy: string) => { [K in Key]?: string } {
  const isThere = (path: string) => path.startsWith(folder) || path.includes(`/${folder}`);
  const example = [...listing.values()].find(isThere);
  return (wanted, neededBy) => {
    if (example === undefined) return {};
    const path = listing.get(wanted);
    if (path !== undefined) return { [key]: path } as { [K in Key]?: string };
    throw new Error(
      `Cannot use ${neededBy} in ${archive}: ${wanted} is missing, though the archive holds ` +
        `${example}. Scores would then stand for different pairs. Complete the archive, or leave ` +
        `${folder} out of it altogether.`,
    );
  };
}

/**
 * Keeps a pair that may be found by several of its files.
 * @throws {Error} when two folders of the archive hold pairs of one data set and name
 */
export function keepPair(pairs: Map<string, PairFiles>, pair: PairFiles, archive: string): void {
  const key = `${pair.dataset} ${pair.name}`;
  const other = pairs.get(key);
  if (other && other.frame1 !== pair.frame1) {
    throw new Error(
      `Cannot use ${pair.frame1} in ${archive}: ${other.frame1} belongs to a pair of the same ` +
        `name. Keep one of the two folders.`,
    );
  }
  pairs.set(key, pair);
}

/** What a layout knows about files that are in none of its pairs. */
export interface Unused {
  /** What lies where the layout looks, whatever its name. */
  readonly looksLike: RegExp;
  /** What an official archive holds there besides the files of pairs. */
  isKnown(path: string): boolean;
  /** What such files should be called, for people. */
  readonly wanted: string;
}

/**
 * The pairs; files that look as if they were part of the data set and are in no pair are told of.
 * @throws {Error} when there is no pair
 */
export function pairsOf(
  found: Iterable<PairFiles>,
  paths: readonly string[],
  { looksLike, isKnown, wanted }: Unused,
  { archive, leaveOut }: LayoutOptions,
): PairFiles[] {
  const pairs = [...found];
  const used = new Set(pairs.flatMap((pair): string[] => Object.values(pair)));
  const unused = paths.filter((path) => looksLike.test(path) && !used.has(path) && !isKnown(path));
  const shown = `(${examples(unused)})`;
  const instead = unused.length > 0 ? `, only ${unused.length} of other names ${shown}` : "";
  requirePairs(pairs, `${wanted}${instead}`, archive, unused.length > 0 ? undefined : paths);
  if (unused.length > 0) {
    leaveOut?.(
      `files: ${unused.length} that are in no pair ${shown}. Pairs are made of ${wanted}.`,
    );
  }
  return pairs;
}

/**
 * @param paths of all files, where the error shall say what is there instead
 * @throws {Error} when the list is empty
 */
export function requirePairs(
  pairs: PairFiles[],
  wanted: string,
  archive: string,
  paths?: readonly string[],
): PairFiles[] {
  if (pairs.length > 0) return pairs;
  const found = paths === undefined ? "" : ` ${describeFolders(paths)}`;
  throw new Error(`Cannot use ${archive}: it holds no ${wanted}.${found}`);
}

/** Of an unknown archive, so many folders are shown. */
const SHOWN_FOLDERS = 5;

/** What an archive holds, by folder: "It holds 230 files: training/image_2 (200), readme.txt (1) ...". */
function describeFolders(paths: readonly string[]): string {
  if (paths.length === 0) return "It is empty.";
  const folders = new Map<string, number>();
  for (const path of paths) {
    const folder = path.slice(0, Math.max(path.lastIndexOf("/"), 0)) || path;
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  const largest = [...folders].sort(([, a], [, b]) => b - a).slice(0, SHOWN_FOLDERS);
  const shown = largest.map(([folder, count]) => `${examples([folder])} (${count})`).join(", ");
  const more = folders.size > SHOWN_FOLDERS ? " ..." : "";
  return `It holds ${paths.length} files: ${shown}${more}.`;
}
