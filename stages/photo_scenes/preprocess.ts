/**
 * Stage preprocess of models/dvc.yaml: draws the scenes of a general model, which show photographs, and packs every split
 * into results/preprocess/SPLIT; splits.json lists them. Nothing takes its place before everything is written.
 */
import { Rng } from "../../pipeline/common/rng.ts";
import { formatSplits } from "../../pipeline/common/io/splits.ts";
import { readPhotographs } from "../../pipeline/photo_scenes/photograph_file.ts";
import { writePhotoSplits } from "../../pipeline/photo_scenes/splits.ts";
import { readWhole } from "../common/read_whole.ts";
import { progress, readSection, runStage, writeOutput } from "../common/stage.ts";
import { writeWholeFolder } from "../common/whole_folder.ts";
import { photoPreprocessSchema } from "./params.ts";

const PHOTOGRAPHS = "results/textures/photographs.safetensors";
const OUT = "results/preprocess";

await runStage("preprocess", async () => {
  const params = await readSection("preprocess", photoPreprocessSchema);
  const photographs = readPhotographs(await readWhole(PHOTOGRAPHS), PHOTOGRAPHS);
  const bar = progress(
    "pairs",
    params.scenes_train + params.scenes_validation + params.scenes_test,
  );
  await writeWholeFolder(OUT, async (partial) => {
    const splits = await writePhotoSplits(params, { photographs, rng: new Rng(params.seed) }, {
      write: (split, fileName, bytes) => writeOutput(`${partial}/${split}/${fileName}`, bytes),
      onPair: (done, _total, split) => bar.update(done, split),
    });
    bar.finish();
    await writeOutput(`${partial}/splits.json`, formatSplits(splits, { preprocess: params }));
  });
});
