/** The synthetic scene of the page: the first test scene of the experiment, drawn here, with its truth. */
import type { FramePair } from "../pipeline/common/io/pair.ts";
import { Rng } from "../pipeline/common/rng.ts";
import { drawScene } from "../pipeline/pairs/scenes.ts";

const SEED = 1, SIDE = 128;

export function sampleScene(): FramePair {
  const name = "scene_0000";
  return drawScene(new Rng(SEED).fork("scenes_test").fork(name), name, SIDE);
}
