/** The tiny profile of CI: allowed values, and nothing lost of the file that it changes. */
import { assertEquals, assertLess } from "@std/assert";
import { parseParams } from "../stages/check/params.ts";
import { tinyProfile } from "../tools/tiny_profile.ts";

const committed = Deno.readTextFileSync("params.yaml");

Deno.test("tinyProfile() shrinks the experiment", () => {
  const { preprocess, pretrain, train } = parseParams(tinyProfile(committed));
  assertLess(preprocess.scenes_train, 10);
  assertLess(pretrain.steps + train.steps, 20);
});

Deno.test("tinyProfile() keeps every comment and key, and changes nothing the second time", () => {
  const tiny = tinyProfile(committed);
  const withoutValues = (text: string) =>
    text.replaceAll(/: [^#\n]*$/gm, ":").replaceAll(/^ *- .*\n/gm, "");
  assertEquals(withoutValues(tiny), withoutValues(committed));
  assertEquals(tinyProfile(tiny), tiny);
});
