/** Finds the frame pairs of a data set by the layout that the catalogue names. */
import { decodeText } from "../common/io/text.ts";
import type { Archive } from "../fetch/archive.ts";
import type { LayoutName } from "../fetch/catalogue.ts";
import { examples, isHidden, PICTURE, sortPaths } from "../fetch/pictures.ts";
import { flyingchairs } from "./layouts/flyingchairs.ts";
import { frames } from "./layouts/frames.ts";
import { kitti } from "./layouts/kitti.ts";
import { kittiMultiview } from "./layouts/kitti_multiview.ts";
import { kittiRaw } from "./layouts/kitti_raw.ts";
import type { Layout, LayoutOptions, PairFiles } from "./layouts/layout.ts";
import { middlebury } from "./layouts/middlebury.ts";
import { sintel } from "./layouts/sintel.ts";

const LAYOUTS: Record<LayoutName, Layout> = {
  middlebury,
  sintel,
  kitti,
  kitti_multiview: kittiMultiview,
  kitti_raw: kittiRaw,
  flyingchairs,
  frames,
};

/** Texts that layouts read besides the paths: the split file of FlyingChairs, lists of KITTI raw. */
const TEXTS: Partial<Record<LayoutName, RegExp>> = {
  flyingchairs: /(^|\/)FlyingChairs_train_val\.txt$/,
  kitti_raw: /^([^/]+\/)?(?!readme|calib)[^/]+\.txt$/i,
};

/** The split files and lists in the archive, for findPairs(). @throws {Error} where one is damaged or no text */
export async function readTexts(
  archive: Archive,
  layout: LayoutName,
): Promise<Map<string, string>> {
  const wanted = TEXTS[layout];
  const texts = new Map<string, string>();
  for (const path of wanted ? archive.paths.filter((path) => wanted.test(path)) : []) {
    const name = `${path} in ${archive.name}`;
    texts.set(path, decodeText(await archive.read(path), name));
  }
  return texts;
}

/** How layouts tell folders from files; some programs of Windows pack backslashes, with which there are no folders. */
function refuseBackslashes(paths: readonly string[], archive: string): void {
  const wrong = paths.filter((path) =>
    path.includes("\\") && (PICTURE.test(path) || /\.flo$/i.test(path))
  );
  if (wrong.length === 0) return;
  throw new Error(
    `Cannot use ${archive}: ${wrong.length} of its paths have backslashes in the place of slashes (${
      examples(wrong)
    }), ` +
      `so that its files lie in no folders. Unpack it, with a program that makes folders of that, and make it anew: zip -r.`,
  );
}

/**
 * The pairs in the archive, sorted by data set and name. Hidden folders (.thumbnails) are no scenes.
 * @throws {Error} where the archive holds no pair, files that form none, or backslashes in the place of slashes
 * @param options.test whether pairs of a benchmark's test part are wanted
 * @param options.texts of readTexts(), for layouts that need them
 * @param onLeftOut told of pictures that form no pair: "frames.zip: left out pictures: 2 without ..."
 */
export function findPairs(
  archive: Archive,
  layout: LayoutName,
  dataset: string,
  onLeftOut?: (message: string) => void,
  { test, texts }: Pick<LayoutOptions, "test" | "texts"> = {},
): PairFiles[] {
  const leaveOut = (what: string) => onLeftOut?.(`${archive.name}: left out ${what}`);
  const { hidden } = sortPaths(archive.paths);
  if (hidden.length > 0) {
    leaveOut(`pictures: ${hidden.length} in hidden folders or files (${examples(hidden)}).`);
  }
  const visible = (paths: readonly string[]) => paths.filter((path) => !isHidden(path));
  refuseBackslashes(visible(archive.paths), archive.name);
  const pairs = LAYOUTS[layout](visible(archive.paths), {
    dataset,
    archive: archive.name,
    links: visible(archive.links ?? []),
    leaveOut,
    test,
    texts,
  });
  const key = ({ dataset, name }: PairFiles) => `${dataset} ${name}`;
  return pairs.sort((a, b) => key(a) < key(b) ? -1 : 1);
}
