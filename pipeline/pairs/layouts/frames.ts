/**
 * Any pictures with numbers at the end of their names, PNG, JPEG or PPM, without truth. Pictures of one
 * folder and one name but for number and ending are a scene; pairs are neighbours in number (7 and 8, not
 * 7 and 9, so that a gap in a recording does not become a jump). Numbers are as long as they like
 * (nanoseconds have 19 digits), with zeros before them or not. What forms no pair is counted.
 */
import { describeUnreadable, examples, sortPaths } from "../../fetch/pictures.ts";
import { type Layout, type PairFiles, requirePairs } from "./layout.ts";

const NUMBERED = /^(.*?)(\d+)\.(png|jpe?g|ppm)$/i;

export const frames: Layout = (paths, { dataset, archive, links = [], leaveOut }) => {
  if (links.length > 0) {
    throw new Error(
      `Cannot use ${archive}: ${examples(links)} is a symbolic link, which an archive cannot ` +
        `follow. Make it anew with the files themselves: zip -r without --symlinks.`,
    );
  }
  const { pictures, unreadable } = sortPaths(paths);
  const scenes = new Map<string, Map<bigint, string>>();
  const owners = new Map<string, string>();
  const unnumbered: string[] = [];
  for (const path of pictures) {
    const match = NUMBERED.exec(path);
    if (!match) {
      unnumbered.push(path);
      continue;
    }
    const [, stem, digits] = match;
    const number = BigInt(digits);
    const owner = owners.get(`${number} ${stem}`);
    if (owner !== undefined) {
      throw new Error(
        `Cannot use ${path} in ${archive}: it has the number ${number}, and so has ${owner}. ` +
          `Number the pictures of a folder differently, or put them into two folders.`,
      );
    }
    owners.set(`${number} ${stem}`, path);
    if (!scenes.has(stem)) scenes.set(stem, new Map());
    scenes.get(stem)!.set(number, path);
  }
  const pairs: PairFiles[] = [];
  const lonely: string[] = [];
  for (const [stem, numbered] of scenes) {
    const scene = stem.replace(/[/_-]+$/, "") || "frames";
    const ordered = [...numbered].sort(([a], [b]) => a < b ? -1 : 1);
    for (const [number, frame1] of ordered) {
      const frame2 = numbered.get(number + 1n);
      if (frame2 !== undefined) {
        pairs.push({ name: frame1.replace(/\.\w+$/, ""), scene, dataset, frame1, frame2 });
      } else if (!numbered.has(number - 1n)) lonely.push(frame1);
    }
  }
  const reasons = [
    ...(unreadable.length > 0 ? [describeUnreadable(unreadable)] : []),
    ...(unnumbered.length > 0
      ? [`${unnumbered.length} without a number before the ending (${examples(unnumbered)}).`]
      : []),
    ...(lonely.length > 0
      ? [
        `${lonely.length} without a neighbour in number (${
          examples(lonely)
        }): only 7 and 8 are a ` +
        `pair, not 7 and 9. Number the frames of a recording 1, 2, 3.`,
      ]
      : []),
  ];
  const wanted = "two PNG, JPEG or PPM pictures with neighbouring numbers";
  if (pairs.length > 0) { for (const reason of reasons) leaveOut?.(`pictures: ${reason}`); }
  const held = reasons.map((reason) => reason.replace(/\.$/, ""));
  const said = [wanted, ...held].join(". It holds ");
  return requirePairs(pairs, said, archive, held.length > 0 ? undefined : paths);
};
