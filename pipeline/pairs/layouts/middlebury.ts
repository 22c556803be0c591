/**
 * Middlebury: other-data/NAME/frame10.png and frame11.png, other-gt-flow/NAME/flow10.flo. Some
 * sequences have no public truth; longer ones hold more frames, which are not used.
 */
import { keepPair, type Layout, type PairFiles, requireFile, requirePairs } from "./layout.ts";

const FILE = /^(.*?)other-(data|gt-flow)\/([^/]+)\/(frame10\.png|frame11\.png|flow10\.flo)$/;

export const middlebury: Layout = (paths, { dataset, archive }) => {
  const all = new Set(paths);
  const pairs = new Map<string, PairFiles>();
  for (const path of paths) {
    const match = FILE.exec(path);
    if (!match) continue;
    const [, root, , name] = match;
    const pictures = `${root}other-data/${name}/`;
    const flow = `${root}other-gt-flow/${name}/flow10.flo`;
    const pair = {
      name,
      scene: name,
      dataset,
      frame1: requireFile(all, `${pictures}frame10.png`, path, archive),
      frame2: requireFile(all, `${pictures}frame11.png`, path, archive),
      ...(all.has(flow) ? { flow } : {}),
    };
    keepPair(pairs, pair, archive);
  }
  return requirePairs([...pairs.values()], "other-data/NAME/frame10.png", archive);
};
