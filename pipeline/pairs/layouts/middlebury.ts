/**
 * Middlebury: other-data/NAME/frame10.png and frame11.png, other-gt-flow/NAME/flow10.flo. Some
 * sequences have no public truth; longer ones hold more frames, which are not used.
 */
import {
  keepPair,
  type Layout,
  listingOf,
  type PairFiles,
  pairsOf,
  requireFile,
} from "./layout.ts";

const FILE = /^(.*?)other-(data|gt-flow)\/([^/]+)\/(frame10\.png|frame11\.png|flow10\.flo)$/;

/** Any file where those of pairs lie, with root and sequence; frames 07 to 14 are in the longer sequences. */
const PLACE = /^(.*?)other-(?:data|gt-flow)\/([^/]+)\/[^/]+$/i;
const OTHER_FRAME = /\/frame(0[7-9]|1[0-4])\.png$/i;

export const middlebury: Layout = (paths, options) => {
  const { dataset, archive } = options;
  const all = listingOf(paths, archive);
  const pairs = new Map<string, PairFiles>();
  const sequences = new Set<string>();
  for (const path of all.keys()) {
    const match = FILE.exec(path);
    if (!match) continue;
    const [, root, , name] = match;
    const pictures = `${root}other-data/${name}/`;
    const flow = all.get(`${root}other-gt-flow/${name}/flow10.flo`);
    sequences.add(root + name);
    const pair = {
      name,
      scene: name,
      dataset,
      frame1: requireFile(all, `${pictures}frame10.png`, path, archive),
      frame2: requireFile(all, `${pictures}frame11.png`, path, archive),
      ...(flow === undefined ? {} : { flow }),
    };
    keepPair(pairs, pair, archive);
  }
  return pairsOf(pairs.values(), paths, {
    looksLike: PLACE,
    isKnown(path) {
      const [, root, name] = PLACE.exec(path)!;
      return OTHER_FRAME.test(path) && sequences.has(root + name);
    },
    wanted: "other-data/NAME/frame10.png, frame11.png and other-gt-flow/NAME/flow10.flo",
  }, options);
};
