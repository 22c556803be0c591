/**
 * Stages of models/dvc.yaml that draw scenes with photographs: preprocess, for the general model, and quick_scenes, for the
 * experiment in the root. Packs every split into results/STAGE/SPLIT; splits.json lists them. Nothing takes its place before
 * everything is written.
 */
import { Rng } from "../../pipeline/common/rng.ts";
import { packSplits } from "../../pipeline/common/io/planned_splits.ts";
import { formatSplits } from "../../pipeline/common/io/splits.ts";
import { readPhotographs } from "../../pipeline/photo_scenes/photograph_file.ts";
import { planPhotoScenes } from "../../pipeline/photo_scenes/splits.ts";
import { readWhole } from "../common/read_whole.ts";
import { progress, readSection, runStage, writeOutput } from "../common/stage.ts";
import { writeWholeFolder } from "../common/whole_folder.ts";
import { PHOTO_SCENES } from "./params.ts";

const PHOTOGRAPHS = "results/textures/photographs.safetensors";
const STAGES = Object.keys(PHOTO_SCENES).join(" or ");
const USAGE = `Draws scenes with photographs by a section of models/params.yaml, ${STAGES}, ` +
  "which is its only argument. Run it with: ./run dvc repro models/dvc.yaml";

const isStage = (name: string): name is keyof typeof PHOTO_SCENES => name in PHOTO_SCENES;

await runStage(Deno.args[0] ?? "preprocess", async ([stage, ...others]) => {
  if (!isStage(stage) || others.length > 0) throw new Error(USAGE);
  const params = await readSection(stage, PHOTO_SCENES[stage]);
  const photographs = readPhotographs(await readWhole(PHOTOGRAPHS), PHOTOGRAPHS);
  const planned = planPhotoScenes(params, { photographs, rng: new Rng(params.seed) });
  const bar = progress("pairs", planned.reduce((sum, { count }) => sum + count, 0));
  await writeWholeFolder(`results/${stage}`, async (partial) => {
    const splits = await packSplits(planned, {
      write: (split, fileName, bytes) => writeOutput(`${partial}/${split}/${fileName}`, bytes),
      onPair: (done, _total, split) => bar.update(done, split),
    });
    bar.finish();
    await writeOutput(`${partial}/splits.json`, formatSplits(splits, { [stage]: params }));
  });
}, { usage: USAGE });
