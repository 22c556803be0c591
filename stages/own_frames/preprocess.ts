/**
 * Stage preprocess of frames of one's own: finds pairs of neighbouring frames in frames/, divides them by clip, and packs
 * real_train and held_out, beside drawn scenes with truth that validate the training.
 */
import { packSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { formatSplits, type SplitSummary } from "../../pipeline/common/io/splits.ts";
import { printable } from "../../pipeline/common/printable.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import type { Archive } from "../../pipeline/fetch/archive.ts";
import { splitByClip } from "../../pipeline/own_frames/split.ts";
import { frames } from "../../pipeline/pairs/layouts/frames.ts";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import { readFrames } from "../../pipeline/pairs/read_pair.ts";
import { drawScenes } from "../../pipeline/pairs/scenes.ts";
import { readWhole } from "../common/read_whole.ts";
import { progress, readSection, runStage, writeOutput } from "../common/stage.ts";
import { writeWholeFolder } from "../common/whole_folder.ts";
import { findPictures } from "../download/own_folder.ts";
import { ownPreprocessSchema } from "./params.ts";

const FRAMES = "frames";
const OUT = "results/preprocess";

await runStage("preprocess", async () => {
  const params = await readSection("preprocess", ownPreprocessSchema);
  const rng = new Rng(params.seed);
  const say = (what: string) => console.error(printable(`preprocess: ${what}.`));
  const found = await findPictures(FRAMES);
  if (!found) throw new Error(`Cannot read ${FRAMES}: there is no such folder.`);
  const archive: Archive = {
    name: FRAMES,
    paths: found.paths,
    read: (path) => readWhole(`${FRAMES}/${path}`),
  };
  const pairs = frames(found.paths, {
    dataset: FRAMES,
    archive: FRAMES,
    leaveOut: (what) => say(`${FRAMES}: left out ${what.replace(/\.$/, "")}`),
  });
  const { training, heldOut, description } = splitByClip(pairs, {
    share: params.held_out_share,
    rng: rng.fork("held_out"),
  });
  say(description);
  const scenes = { split: "scenes_validation", count: params.scenes_validation };
  const planned: [string, boolean, Iterable<FramePair> | AsyncIterable<FramePair>][] = [
    [scenes.split, true, drawScenes(rng, { ...scenes, size: params.scene_size })],
    ["real_train", false, readAll(training, archive)],
    ["held_out", false, readAll(heldOut, archive)],
  ];
  const bar = progress("pairs", scenes.count + training.length + heldOut.length);
  await writeWholeFolder(OUT, async (partial) => {
    const splits: SplitSummary[] = [];
    let done = 0;
    for (const [split, truth, source] of planned) {
      const counted = async function* () {
        for await (const pair of source) {
          yield pair;
          bar.update(++done, split);
        }
      };
      const index = await packSplit(
        split,
        counted(),
        (name, bytes) => writeOutput(`${partial}/${split}/${name}`, bytes),
      );
      splits.push({ split, dataset: index.dataset, pairs: index.pairs.length, truth });
    }
    bar.finish();
    await writeOutput(`${partial}/splits.json`, formatSplits(splits, { preprocess: params }));
  });
});

async function* readAll(pairs: readonly PairFiles[], archive: Archive): AsyncGenerator<FramePair> {
  for (const pair of pairs) yield await readFrames(pair, archive);
}
