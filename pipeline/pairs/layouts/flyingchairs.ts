/**
 * FlyingChairs: NNNNN_img1.ppm, NNNNN_img2.ppm and NNNNN_flow.flo; every pair is its own scene. The official split,
 * FlyingChairs_train_val.txt, has a line for each pair from 00001 on: 1 for training, 2 for validation.
 */
import { linesOf } from "../../common/io/text.ts";
import {
  keepPair,
  type Layout,
  type LayoutOptions,
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
  const partOf = readSplit(options);
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
      ...partOf(name),
      frame1: need("img1.ppm"),
      frame2: need("img2.ppm"),
      flow: need("flow.flo"),
    };
    keepPair(pairs, pair, archive);
  }
  return pairsOf(pairs.values(), paths, UNUSED, options);
};

const PARTS: Readonly<Record<string, PairFiles["part"]>> = { 1: "training", 2: "validation" };

/**
 * The part of each pair by the split file; nothing without one.
 * @throws {Error} where there are two such files, a line is neither 1 nor 2, or there are fewer lines than pairs
 */
function readSplit(
  { archive, texts = new Map() }: LayoutOptions,
): (name: string) => Pick<PairFiles, "part"> {
  if (texts.size === 0) return () => ({});
  const [[file, text], ...others] = texts;
  const refuse = (reason: string): never => {
    throw new Error(`Cannot use ${file} in ${archive}: ${reason} Get the official file again.`);
  };
  if (others.length > 0) refuse(`${others[0][0]} is a split file, too. Keep one.`);
  const lines = linesOf(text.trimEnd());
  const wrong = lines.findIndex((line) => !Object.hasOwn(PARTS, line.trim()));
  if (wrong >= 0) {
    refuse(
      `line ${wrong + 1} must be 1 (training) or 2 (validation), got "${
        lines[wrong].slice(0, 40)
      }".`,
    );
  }
  return (name) => {
    const line = lines[Number(name) - 1];
    if (line === undefined) {
      refuse(
        `it has ${lines.length} lines, one for each pair from 00001 on, and none for the pair ${name}.`,
      );
    }
    return { part: PARTS[line.trim()] };
  };
}
