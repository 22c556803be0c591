import { assert, assertEquals, assertMatch } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { CATALOGUE } from "../../pipeline/fetch/catalogue.ts";
import { formatManifest, parseManifest } from "../../pipeline/fetch/manifest.ts";
import { mutate } from "../common/io/_mutate.ts";

Deno.test("a changed manifest gives all that it says, or an error with its name", () => {
  const archives = [{ file: "a.zip", bytes: 3, sha256: "00" }];
  const whole = formatManifest([
    ["kitti2015", CATALOGUE.kitti2015, archives],
    ["sintel", CATALOGUE.sintel, []],
  ]);
  const rng = new Rng(11);
  let taken = 0;
  const count = 2000;
  for (let i = 0; i < count; i++) {
    const mutated = mutate(whole, rng);
    try {
      const sources = parseManifest(mutated, "manifest.json");
      // Keys that no version of this code knows are left out; all that it knows is as it stands there.
      const found = JSON.parse(mutated).sources;
      for (const [k, source] of sources.entries()) {
        for (const [key, value] of Object.entries(source)) {
          assertEquals(found[k][key], value);
        }
      }
      assertEquals(sources.length, found.length);
      taken++;
    } catch (error) {
      assertMatch((error as Error).message, /^Cannot (read|use) manifest\.json: /);
    }
  }
  assert(taken > count / 20 && taken < count * 0.95, `${taken} of ${count} were read`);
});
