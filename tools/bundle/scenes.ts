/**
 * The scenes that a bundle trains on: layered ones, since it has no photographs, where the stages look for those of
 * models/dvc.yaml, and as many and as large as these. Drawn anew only when they are to be others.
 */
import { fileInfo, readText } from "../../commands/reproduce/files.ts";
import { packSplits } from "../../pipeline/common/io/planned_splits.ts";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { planScenes } from "../../pipeline/pairs/scenes.ts";
import { progress, writeOutput } from "../../stages/common/stage.ts";
import { PHOTO_SCENES } from "../../stages/photo_scenes/params.ts";

export const MODELS_PARAMS = "models/params.yaml";
const OUT = "models/results/quick_scenes";
/** Written last: what the scenes are that are all there. */
const STAMP = `${OUT}/drawn.json`;

/** @param models the text of models/params.yaml @throws {Error} when its section quick_scenes is not as it should be */
export async function drawTrainingScenes(models: string): Promise<void> {
  const { seed, scenes_train, scenes_validation, scene_size } = parseSection(
    models,
    "quick_scenes",
    PHOTO_SCENES.quick_scenes,
    { file: MODELS_PARAMS },
  );
  const stamp = JSON.stringify({ seed, scenes_train, scenes_validation, scene_size });
  if (await readText(STAMP) === stamp) return;
  if (await fileInfo(OUT)) await Deno.remove(OUT, { recursive: true });
  const planned = planScenes(new Rng(seed), { scenes_train, scenes_validation }, scene_size);
  const bar = progress("scenes", scenes_train + scenes_validation);
  await packSplits(planned, {
    write: (split, fileName, bytes) => writeOutput(`${OUT}/${split}/${fileName}`, bytes),
    onPair: (done, _total, split) => bar.update(done, split),
  });
  bar.finish();
  await writeOutput(STAMP, stamp);
}
