/** Draws the layered scenes that the cells of the tracked sweep train on, tune with and are tested on. */
import { packSplits } from "../../pipeline/common/io/planned_splits.ts";
import { formatSplits } from "../../pipeline/common/io/splits.ts";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { planScenes } from "../../pipeline/pairs/scenes.ts";
import { progress, runStage, writeOutput } from "../common/stage.ts";
import { writeWholeFolder } from "../common/whole_folder.ts";
import { SCENES } from "./own_place.ts";
import { scenesSchema } from "./scenes_params.ts";

const PARAMS = "sweep/params.yaml";

await runStage("scenes", async () => {
  const scenes = parseSection(await Deno.readFile(PARAMS), "scenes", scenesSchema, {
    file: PARAMS,
  });
  const { seed, scene_size, ...counts } = scenes;
  const planned = planScenes(new Rng(seed), counts, scene_size);
  const bar = progress("pairs", planned.reduce((sum, { count }) => sum + count, 0));
  await writeWholeFolder(SCENES, async (partial) => {
    const splits = await packSplits(planned, {
      write: (split, fileName, bytes) => writeOutput(`${partial}/${split}/${fileName}`, bytes),
      onPair: (done, _total, split) => bar.update(done, split),
    });
    bar.finish();
    await writeOutput(`${partial}/splits.json`, formatSplits(splits, { scenes }));
  });
});
