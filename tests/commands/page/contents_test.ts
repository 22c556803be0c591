/** What the live page is built of, when its model or its pictures are none. */
import { assertRejects } from "@std/assert";
import { join } from "@std/path";
import { readContents } from "../../../commands/page/contents.ts";
import { writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { writeSafetensors } from "../../../pipeline/common/io/safetensors.ts";
import { wavesPng } from "../flow/_flow.ts";
import { smallModel } from "../../flow/_waves.ts";
import { inFolder, write } from "../../stages/_run.ts";

const MODEL = "models/results/train/model.safetensors";

Deno.test("readContents() refuses a model and pictures that the page could not use, by name", () =>
  inFolder(async (folder) => {
    const fails = (message: string) =>
      assertRejects(() => readContents(new URL(`${folder}/`, "file:")), Error, message);
    await fails(`Cannot build the page: there is no ${MODEL}.`);
    const whole = writeModel(smallModel());
    await write(join(folder, MODEL), whole.subarray(0, whole.length / 2));
    await fails(`Cannot read ${MODEL}: `);
    const foreign = writeSafetensors([["w", { shape: [1], data: Float32Array.of(1) }]], {});
    await write(join(folder, MODEL), foreign);
    await fails(`Cannot use ${MODEL} as a model: its metadata names no network`);
    await write(join(folder, MODEL), whole);
    for (const name of ["scenes_scene_0000", "middlebury_RubberWhale"]) {
      const path = `results/evaluate/pictures/${name}.png`;
      await fails(`Cannot build the page: there is no ${path}.`);
      const picture = wavesPng(0, 0);
      await write(join(folder, path), picture.subarray(0, picture.length - 20));
      await fails(`Cannot read ${path}: the PNG is truncated`);
      await write(join(folder, path), new Uint8Array());
      await fails(`Cannot read ${path}: the file is empty.`);
      await write(join(folder, path), picture);
    }
    await fails("Cannot build the page: there is no data/middlebury_sample.zip.");
  }));
