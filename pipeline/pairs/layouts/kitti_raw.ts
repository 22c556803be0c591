/**
 * KITTI raw by a list: a text beside the dates (LIST.txt) with two paths a line, the frames of a pair, from the folder of the
 * list on: 2011_09_26/2011_09_26_drive_0001_sync/image_02/data/0000000000.png. Further paths of a line are later frames, and
 * are not read. Lists of published code name JPEG files, which their authors made of the official PNG: either is found.
 */
import { linesOf } from "../../common/io/text.ts";
import { type Layout, listingOf, type PairFiles, requirePairs } from "./layout.ts";

const ENDING = /\.(?:png|jpe?g)$/i;
const WANTED = "list (NAME.txt) of the pairs, two paths a line, beside the folders of the dates";

export const kittiRaw: Layout = (paths, { dataset, archive, texts = new Map() }) => {
  if (texts.size === 0) requirePairs([], WANTED, archive, paths);
  if (texts.size > 1) {
    throw new Error(
      `Cannot use ${archive}: it holds ${texts.size} lists, ${[...texts.keys()].join(", ")}. ` +
        "Keep one.",
    );
  }
  const all = listingOf(paths, archive);
  const [[list, text]] = texts;
  const folder = list.slice(0, list.lastIndexOf("/") + 1);
  const find = (path: string) =>
    [path, ...["png", "jpg"].map((ending) => path.replace(ENDING, `.${ending}`))]
      .map((candidate) => all.get(folder + candidate)).find((found) => found !== undefined);
  const pairs: PairFiles[] = [];
  const lines = new Map<string, number>();
  const problems: string[] = [];
  for (const [i, line] of linesOf(text).entries()) {
    const [first, second] = line.trim().split(/\s+/);
    if (first === "") continue;
    const frame1 = find(first);
    const frame2 = second === undefined ? undefined : find(second);
    const wrong = (what: string) =>
      problems.push(`line ${i + 1} of its list ${list} names ${what}`);
    if (frame1 === undefined) wrong(`${folder}${first}, which is missing`);
    else if (second === undefined) wrong("no second frame");
    else if (frame2 === undefined) wrong(`${folder}${second}, which is missing`);
    else if (frame1 === frame2) wrong(`${folder}${first} as both frames of a pair`);
    else if (lines.has(frame1)) {
      // Pairs are named by their first frames: either line could be meant.
      wrong(`${folder}${first} as the first frame of a pair, as does line ${lines.get(frame1)}`);
    } else {
      const name = first.replace(ENDING, "");
      const scene = name.split("/").slice(0, 2).join("/");
      pairs.push({ name, scene, dataset, frame1, frame2 });
      lines.set(frame1, i + 1);
    }
  }
  if (problems.length > 0) {
    const more = problems.length > 1 ? `, and ${problems.length - 1} more lines form no pair` : "";
    throw new Error(
      `Cannot use ${archive}: ${problems[0]}${more}; ${pairs.length} of its pairs are whole. ` +
        "Add the drives that are missing, or take such lines out of the list.",
    );
  }
  return requirePairs(pairs, WANTED, archive, paths);
};
