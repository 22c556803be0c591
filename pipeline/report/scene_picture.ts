/**
 * The README's picture: one test scene with the network and the cost alone side by side. Which scene is a rule: of those
 * that both stages kept, the one in the middle by the network's error.
 */
import { unzlibSync } from "fflate";
import { comparisonPicture } from "../picture/comparison.ts";
import type { Picture } from "../picture/sheet.ts";
import { type PackedPair, STEPS_PER_PIXEL } from "../picture/viewer/pack.ts";
import type { ViewerDataset } from "../picture/viewer/viewer_file.ts";
import { splitPair } from "./client/planes.js";
import type { RankedPair } from "./ranking.ts";

/** The same in all pictures of a data set: errors are white at a quarter of the flow's maximum. */
const ERROR_SHARE = 1 / 4;

export interface SceneMethod {
  readonly name: string;
  /** Pairs that the method's stage kept. */
  readonly viewer: ViewerDataset;
}

/**
 * @param ranking pairs of the scenes by the first method's error
 * @returns undefined where the methods kept no pair in common
 */
export function scenePicture(
  methods: readonly SceneMethod[],
  ranking: readonly RankedPair[],
): Picture | undefined {
  const [first, ...others] = methods;
  const named = (viewer: ViewerDataset, wanted: string) =>
    viewer.pairs.find(({ name }) => name === wanted);
  const common = ranking.filter(({ name }) => methods.every(({ viewer }) => named(viewer, name)));
  if (common.length === 0) return undefined;
  const { name } = common[Math.floor((common.length - 1) / 2)];
  const packed = named(first.viewer, name)!;
  const { frame1, marks, truth, predicted } = unpack(packed);
  const { flowMaximum } = first.viewer;
  return comparisonPicture({
    title: `${name}. EPE: mean end-point error. Direct: the cost minimised without a network.`,
    width: packed.width,
    height: packed.height,
    frame1: frame1.filter((_, i) => i % 4 < 3),
    flow: truth,
    valid: marks.map((mark) => mark & 1),
    occluded: marks.map((mark) => mark >> 1),
    methods: [
      { name: first.name, predicted },
      ...others.map(({ name: method, viewer }) => ({
        name: method,
        predicted: unpack(named(viewer, name)!).predicted,
      })),
    ],
    flowMaximum,
    errorMaximum: ERROR_SHARE * flowMaximum,
  });
}

/** As the browser unpacks it, flows as [H, W, 2]. */
function unpack({ bytes, width, height }: PackedPair) {
  const { frame1, truth, predicted, marks } = splitPair(
    unzlibSync(bytes),
    width,
    height,
    STEPS_PER_PIXEL,
  );
  const interleaved = ({ u, v }: { u: Float32Array; v: Float32Array }) =>
    Float32Array.from({ length: 2 * u.length }, (_, i) => (i % 2 === 0 ? u : v)[i >> 1]);
  return {
    frame1: new Uint8Array(frame1),
    truth: interleaved(truth),
    predicted: interleaved(predicted),
    marks: marks as Uint8Array,
  };
}
