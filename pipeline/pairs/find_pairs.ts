/** Finds the frame pairs of a data set by the layout that the catalogue names. */
import type { Archive } from "../fetch/archive.ts";
import type { LayoutName } from "../fetch/catalogue.ts";
import { examples, isHidden, sortPaths } from "../fetch/pictures.ts";
import { flyingchairs } from "./layouts/flyingchairs.ts";
import { frames } from "./layouts/frames.ts";
import { kitti } from "./layouts/kitti.ts";
import type { Layout, PairFiles } from "./layouts/layout.ts";
import { middlebury } from "./layouts/middlebury.ts";
import { sintel } from "./layouts/sintel.ts";

const LAYOUTS: Record<LayoutName, Layout> = { middlebury, sintel, kitti, flyingchairs, frames };

/**
 * The pairs in the archive, sorted by data set and name. Hidden folders (.thumbnails) are no scenes.
 * @param onLeftOut told of pictures that form no pair: "frames.zip: left out pictures: 2 without ..."
 */
export function findPairs(
  archive: Archive,
  layout: LayoutName,
  dataset: string,
  onLeftOut?: (message: string) => void,
): PairFiles[] {
  const leaveOut = (what: string) => onLeftOut?.(`${archive.name}: left out ${what}`);
  const { hidden } = sortPaths(archive.paths);
  if (hidden.length > 0) {
    leaveOut(`pictures: ${hidden.length} in hidden folders or files (${examples(hidden)}).`);
  }
  const visible = (paths: readonly string[]) => paths.filter((path) => !isHidden(path));
  const pairs = LAYOUTS[layout](visible(archive.paths), {
    dataset,
    archive: archive.name,
    links: visible(archive.links ?? []),
    leaveOut,
  });
  const key = ({ dataset, name }: PairFiles) => `${dataset} ${name}`;
  return pairs.sort((a, b) => key(a) < key(b) ? -1 : 1);
}
