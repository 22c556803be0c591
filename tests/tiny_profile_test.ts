/** The tiny profile of CI: allowed values, and nothing lost of the file that it changes. */
import { assertEquals, assertLess } from "@std/assert";
import { parseModelsParams } from "../stages/check/models_params.ts";
import { parseParams } from "../stages/check/params.ts";
import { tinyModels, tinyProfile, tinySweep } from "../tools/tiny_profile.ts";

const committed = Deno.readTextFileSync("params.yaml");

Deno.test("tinyProfile() shrinks the experiment", () => {
  const { preprocess, pretrain, train } = parseParams(tinyProfile(committed));
  assertLess(preprocess.scenes_test, 10);
  assertLess(pretrain.steps + train.steps, 20);
});

Deno.test("the tiny profile keeps every comment and key, and changes nothing the second time", () => {
  const files = [
    ["params.yaml", tinyProfile],
    ["sweep/params.yaml", tinySweep],
    ["models/params.yaml", tinyModels],
  ] as const;
  for (const [file, shrink] of files) {
    const written = Deno.readTextFileSync(file);
    const tiny = shrink(written);
    const withoutValues = (text: string) =>
      text.replaceAll(/: [^#\n]*$/gm, ":").replaceAll(/^ *- .*\n/gm, "");
    assertEquals(withoutValues(tiny), withoutValues(written));
    assertEquals(shrink(tiny), tiny);
  }
});

Deno.test("tinyModels() shrinks the general model", () => {
  const { preprocess, quick_scenes, pretrain, train } = parseModelsParams(
    tinyModels(Deno.readTextFileSync("models/params.yaml")),
  );
  assertLess(preprocess.scenes_train + quick_scenes.scenes_train, 20);
  assertLess(pretrain.steps + train.steps, 20);
});
