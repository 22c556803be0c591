/**
 * What a layout is: the rule by which the paths of a data set form frame pairs. Layouts look at
 * paths only; read_pair.ts reads what they found.
 */

/** The files of one pair, as paths in the archive. */
export interface PairFiles {
  name: string;
  scene: string;
  dataset: string;
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
  /** Told what is left out and why, "pictures: 2 without ...". */
  leaveOut?: (what: string) => void;
}

/** @throws {Error} when a file lacks its partner, or no pair is found */
export type Layout = (paths: readonly string[], options: LayoutOptions) => PairFiles[];

/** @throws {Error} naming the missing file and the one that needs it */
export function requireFile(
  paths: ReadonlySet<string>,
  wanted: string,
  neededBy: string,
  archive: string,
): string {
  if (paths.has(wanted)) return wanted;
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
  paths: readonly string[],
  key: Key,
  folder: string,
  archive: string,
): (wanted: string, neededBy: string) => { [K in Key]?: string } {
  const all = new Set(paths);
  const example = paths.find((path) => path.startsWith(folder) || path.includes(`/${folder}`));
  return (wanted, neededBy) => {
    if (example === undefined) return {};
    if (all.has(wanted)) return { [key]: wanted } as { [K in Key]?: string };
    throw new Error(
      `Cannot use ${neededBy} in ${archive}: ${wanted} is missing, though the archive holds ` +
        `${example}. Scores would then stand for different pairs. Complete the archive, or leave ` +
        `${folder} out of it altogether.`,
    );
  };
}

/**
 * Keeps a pair that may be found by several of its files.
 * @throws {Error} when two folders of the archive hold pairs of one name
 */
export function keepPair(pairs: Map<string, PairFiles>, pair: PairFiles, archive: string): void {
  const other = pairs.get(pair.name);
  if (other && other.frame1 !== pair.frame1) {
    throw new Error(
      `Cannot use ${pair.frame1} in ${archive}: ${other.frame1} belongs to a pair of the same ` +
        `name. Keep one of the two folders.`,
    );
  }
  pairs.set(pair.name, pair);
}

/** @throws {Error} when the list is empty */
export function requirePairs(
  pairs: PairFiles[],
  wanted: string,
  archive: string,
): PairFiles[] {
  if (pairs.length > 0) return pairs;
  throw new Error(`Cannot use ${archive}: it holds no ${wanted}.`);
}
