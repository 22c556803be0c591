/** FlyingChairs: NNNNN_img1.ppm, NNNNN_img2.ppm and NNNNN_flow.flo; every pair is its own scene. */
import { keepPair, type Layout, type PairFiles, requireFile, requirePairs } from "./layout.ts";

const FILE = /^(.*\/)?(\d{5})_(img1\.ppm|img2\.ppm|flow\.flo)$/;

export const flyingchairs: Layout = (paths, { dataset, archive }) => {
  const all = new Set(paths);
  const pairs = new Map<string, PairFiles>();
  for (const path of paths) {
    const match = FILE.exec(path);
    if (!match) continue;
    const [, folder = "", name] = match;
    const need = (file: string) => requireFile(all, `${folder}${name}_${file}`, path, archive);
    const pair = {
      name,
      scene: name,
      dataset,
      frame1: need("img1.ppm"),
      frame2: need("img2.ppm"),
      flow: need("flow.flo"),
    };
    keepPair(pairs, pair, archive);
  }
  return requirePairs([...pairs.values()], "data/NNNNN_img1.ppm", archive);
};
