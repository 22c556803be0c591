/**
 * The multi-view extensions of KITTI 2012 and 2015: training/CAMERA/NNNNNN_FF.png, frames 00 to 20 around each pair that
 * has truth, of the left and the right camera. Neighbours in number are pairs, without truth. Pairs that touch frames 9 to 12
 * are left out, as in published code: frames 10 and 11 are those that the benchmark scores. A frame that is missing between
 * others, or that one camera of a pair has and the other lacks, is a hole in the archive.
 */
import { describeNumbers, requireSame } from "./complete.ts";
import { type Layout, listingOf, type PairFiles, pairsOf } from "./layout.ts";

const FRAME = /^(.*?)training\/(image_[0-3]|colored_[01])\/(\d{6})_(\d\d)\.png$/;
const PLACE = /^.*?training\/(?:image_[0-3]|colored_[01])\/[^/]+$/i;
const SCORED = [9, 12];
/** Grey pictures are those of the colour cameras beside them, where these have the frame: a pair is grey unless both have it. */
const COLOUR = /^(image_[23]|colored_[01])$/;
/** Left and right camera of one kind. */
const CAMERAS = [["image_2", "image_3"], ["colored_0", "colored_1"], ["image_0", "image_1"]];

export const kittiMultiview: Layout = (paths, options) => {
  const { dataset, archive, leaveOut } = options;
  const all = listingOf(paths, archive);
  const frames = [...all].flatMap(([path, frame1]) => {
    const match = FRAME.exec(path);
    return match ? [{ frame1, match }] : [];
  });
  requireWholeScenes(frames.map(({ match }) => match), archive);
  const inColour = new Set(
    frames.flatMap(({ match: [, root, camera, scene, frame] }) =>
      COLOUR.test(camera) ? `${root}${scene}_${frame}` : []
    ),
  );
  const pairs: PairFiles[] = [];
  const taken = new Set<string>(), grey: string[] = [];
  for (const { frame1, match: [, root, camera, scene, frame] } of frames) {
    taken.add(frame1);
    const number = Number(frame);
    const next = String(number + 1).padStart(2, "0");
    if (!COLOUR.test(camera) && inColour.has(`${root}${scene}_${frame}`)) {
      grey.push(frame1);
      if (inColour.has(`${root}${scene}_${next}`)) continue;
    }
    const frame2 = all.get(`${root}training/${camera}/${scene}_${next}.png`);
    const isScored = number + 1 >= SCORED[0] && number <= SCORED[1];
    if (frame2 === undefined || isScored) continue;
    pairs.push({ name: `${camera}/${scene}_${frame}`, scene, dataset, frame1, frame2 });
  }
  if (pairs.length > 0 && grey.length > 0) {
    leaveOut?.(`pictures: ${grey.length} in grey, which are there in colour, too.`);
  }
  return pairsOf(pairs, paths, {
    looksLike: PLACE,
    isKnown: (path) => taken.has(path),
    wanted: "training/image_2/NNNNNN_00.png to NNNNNN_20.png (of KITTI 2012 training/colored_0)",
  }, options);
};

/** @throws {Error} where a scene lacks a frame between others, or has other frames of the left camera than of the right one */
function requireWholeScenes(frames: readonly RegExpExecArray[], archive: string): void {
  const folders = new Set(frames.map(([, root, camera]) => `${root}training/${camera}`));
  const scenes = Map.groupBy(frames, ([, root, , scene]) => `${root} ${scene}`);
  for (const of of scenes.values()) {
    const [, root, , scene] = of[0];
    const numbersOf = (cameras: readonly string[]) =>
      of.filter(([, , camera]) => cameras.includes(camera)).map(([, , , , frame]) => Number(frame));
    const what = `frames of scene ${scene}`;
    const nameOf = (number: number) => `${scene}_${String(number).padStart(2, "0")}.png`;
    for (const cameras of CAMERAS) {
      const numbered = cameras.map((camera) => ({
        folder: `${root}training/${camera}`,
        numbers: numbersOf([camera]),
      })).filter(({ folder }) => folders.has(folder));
      requireSame(numbered, {
        archive,
        what,
        describe: (missing) => describeNumbers(missing, nameOf),
      });
    }
    const numbers = new Set(numbersOf(CAMERAS.flat()));
    const first = Math.min(...numbers), last = Math.max(...numbers);
    const missing = Array.from({ length: last - first + 1 }, (_, i) => first + i)
      .filter((number) => !numbers.has(number));
    if (missing.length === 0) continue;
    throw new Error(
      `Cannot use ${archive}: ${what} are missing in ${root}training: expected are ${
        nameOf(first)
      } to ` +
        `${nameOf(last)}, found are ${numbers.size}, without ${
          describeNumbers(missing, nameOf)
        }. The archive is incomplete; get it again.`,
    );
  }
}
