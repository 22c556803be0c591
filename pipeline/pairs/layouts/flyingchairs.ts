/** FlyingChairs: NNNNN_img1.ppm, NNNNN_img2.ppm and NNNNN_flow.flo; every pair is its own scene. */
import {
  keepPair,
  type Layout,
  listingOf,
  type PairFiles,
  pairsOf,
  requireFile,
  type Unused,
} from "./layout.ts";

const FILE = /^(.*\/)?(\d{5})_(img1\.ppm|img2\.ppm|flow\.flo)$/;
const UNUSED: Unused = {
  looksLike: /_(img[12]\.[^./]+|flow\.flo)$/i,
  isKnown: () => false,
  wanted: "data/NNNNN_img1.ppm, NNNNN_img2.ppm and NNNNN_flow.flo",
};

export const flyingchairs: Layout = (paths, options) => {
  const { dataset, archive } = options;
  const all = listingOf(paths, archive);
  const pairs = new Map<string, PairFiles>();
  for (const path of all.keys()) {
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
  return pairsOf(pairs.values(), paths, UNUSED, options);
};
