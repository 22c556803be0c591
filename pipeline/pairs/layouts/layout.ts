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

/** @throws {Error} when the list is empty */
export function requirePairs(
  pairs: PairFiles[],
  wanted: string,
  archive: string,
): PairFiles[] {
  if (pairs.length > 0) return pairs;
  throw new Error(`Cannot use ${archive}: it holds no ${wanted}.`);
}
