/**
 * Middlebury: other-data/NAME/frame10.png and frame11.png, other-gt-flow/NAME/flow10.flo. Some
 * sequences have no public truth; longer ones hold more frames, which are not used. The evaluation
 * sequences, eval-data/NAME, are the test part: without truth, and left alone unless asked for.
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
const TEST_FRAME = /^(.*?)eval-data\/([^/]+)\/frame10\.png$/;

/** Any file where those of pairs lie, with root and sequence; frames 07 to 14 are in the longer sequences. */
const PLACE = /^(.*?)other-(?:data|gt-flow)\/([^/]+)\/[^/]+$/i;
const OTHER_FRAME = /\/frame(0[7-9]|1[0-4])\.png$/i;

export const middlebury: Layout = (paths, options) => {
  const { dataset, archive, test = false } = options;
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
  if (pairs.size === 0 && !test && [...all.keys()].some((path) => TEST_FRAME.test(path))) {
    throw new Error(
      `Cannot use ${archive}: it holds eval-data alone, a test part, which is taken when preprocess.test_frames is true.`,
    );
  }
  for (const path of test ? all.keys() : []) {
    const match = TEST_FRAME.exec(path);
    if (!match) continue;
    const [, root, name] = match;
    const frame = (number: number) =>
      requireFile(all, `${root}eval-data/${name}/frame${number}.png`, path, archive);
    const frames = { frame1: frame(10), frame2: frame(11) };
    keepPair(
      pairs,
      { name, scene: name, dataset: `${dataset}_test`, part: "test", ...frames },
      archive,
    );
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
