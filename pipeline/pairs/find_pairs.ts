/** Finds the frame pairs of a data set by the layout that the catalogue names. */
import type { Archive } from "../fetch/archive.ts";
import type { LayoutName } from "../fetch/catalogue.ts";
import { flyingchairs } from "./layouts/flyingchairs.ts";
import { frames } from "./layouts/frames.ts";
import { kitti } from "./layouts/kitti.ts";
import type { Layout, PairFiles } from "./layouts/layout.ts";
import { middlebury } from "./layouts/middlebury.ts";
import { sintel } from "./layouts/sintel.ts";

const LAYOUTS: Record<LayoutName, Layout> = { middlebury, sintel, kitti, flyingchairs, frames };

/** The pairs in the archive, sorted by data set and name. */
export function findPairs(archive: Archive, layout: LayoutName, dataset: string): PairFiles[] {
  const pairs = LAYOUTS[layout](archive.paths, { dataset, archive: archive.name });
  const key = ({ dataset, name }: PairFiles) => `${dataset} ${name}`;
  return pairs.sort((a, b) => key(a) < key(b) ? -1 : 1);
}
