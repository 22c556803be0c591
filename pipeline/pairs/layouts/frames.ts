/**
 * Any pictures with numbers at the end of their names, PNG or PPM, without truth. Pictures of one
 * folder and one name but for the number are a scene; pairs are neighbours in number (7 and 8, not
 * 7 and 9, so that a gap in a recording does not become a jump).
 */
import { type Layout, type PairFiles, requirePairs } from "./layout.ts";

const PICTURE = /^(.*?)(\d+)\.(png|ppm)$/;

export const frames: Layout = (paths, { dataset, archive }) => {
  const scenes = new Map<string, Map<number, string>>();
  for (const path of paths) {
    const match = PICTURE.exec(path);
    if (!match) continue;
    const [, stem, number, type] = match;
    const key = `${stem}.${type}`;
    if (!scenes.has(key)) scenes.set(key, new Map());
    scenes.get(key)!.set(Number(number), path);
  }
  const pairs: PairFiles[] = [];
  for (const [key, numbered] of scenes) {
    const scene = key.slice(0, key.lastIndexOf(".")).replace(/[/_-]+$/, "") || "frames";
    for (const [number, frame1] of [...numbered].sort(([a], [b]) => a - b)) {
      const frame2 = numbered.get(number + 1);
      if (frame2 === undefined) continue;
      pairs.push({ name: frame1.replace(/\.\w+$/, ""), scene, dataset, frame1, frame2 });
    }
  }
  return requirePairs(pairs, "two PNG or PPM pictures with neighbouring numbers", archive);
};
