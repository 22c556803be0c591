/** Small archives that look like those which recipes need, by names of the catalogue, and what `preprocess` makes of them. */
import { unpackSplit } from "../../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../../pipeline/common/io/pair.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { selectSources } from "../../../pipeline/fetch/catalogue.ts";
import { preprocess } from "../../../pipeline/pairs/preprocess.ts";
import { planScenes } from "../../../pipeline/pairs/scenes.ts";
import type { Params } from "../../../stages/check/params.ts";
import { type Files, memoryArchive } from "../../fetch/_archives.ts";
import {
  chairsFiles,
  kittiFiles,
  kittiSample,
  multiviewFiles,
  rawFiles,
  sintelFiles,
  sintelSample,
} from "../../pairs/_official.ts";

const sintel = await sintelSample(), kitti = await kittiSample();

const ARCHIVES: Readonly<Record<string, () => Files>> = {
  sintel: () => sintelFiles(sintel),
  frames: () => ({
    "shot_1/frame_1.png": sintel.frames[0],
    "shot_1/frame_2.png": sintel.frames[1],
  }),
  kitti_raw: () => rawFiles(kitti),
  kitti2015: () => kittiFiles(kitti, 2015),
  kitti2015_multiview: () => multiviewFiles(kitti),
  flyingchairs: () => chairsFiles({ frames: sintel.frames, flow: sintel.flow }),
};

/** Side of the scenes, and so the largest crop. */
export const SCENE_SIZE = 64;

/** The splits that a training stage reads, from a few small scenes and look-alikes of the recipe's sources. */
export async function lookAlikeSplits(
  { download, preprocess: options }: Pick<Params, "download" | "preprocess">,
): Promise<(split: string) => Promise<FramePair[]>> {
  const files = new Map<string, Uint8Array>();
  const sources = selectSources(download.sources).filter(([name]) => name in ARCHIVES)
    .map(([name, { dataset, layout }]) => ({
      dataset,
      layout,
      archive: memoryArchive(ARCHIVES[name](), `${name}.zip`),
    }));
  const few = { scenes_train: 2, scenes_validation: 1, scenes_test: 1 };
  const scenes = planScenes(new Rng(1), few, SCENE_SIZE);
  await preprocess(options, { scenes, sources, rng: new Rng(1) }, {
    write: (split, name, bytes) => Promise.resolve(void files.set(`${split}/${name}`, bytes)),
  });
  return (split) => unpackSplit((name) => Promise.resolve(files.get(`${split}/${name}`)!), split);
}
