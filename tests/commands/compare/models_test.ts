/** deno task compare of two models: both are scored on the pairs of results/preprocess. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseTsv } from "../../../pipeline/common/io/tsv.ts";
import { writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { smallModel } from "../../flow/_waves.ts";
import { inFolder } from "../../stages/_run.ts";
import { packPairs, runCompare } from "./_compare.ts";

Deno.test("deno task compare scores two models on the same pairs", async (t) => {
  await inFolder(async (folder) => {
    await packPairs(folder, 6);
    const model = smallModel();
    const weights = new Map(
      [...model.weights].map(([name, values]) => [name, values.map((value) => 0 * value)]),
    );
    await Deno.writeFile(join(folder, "a.safetensors"), writeModel(model));
    await Deno.writeFile(join(folder, "zero.safetensors"), writeModel({ ...model, weights }));
    await t.step("by the code of evaluate", async () => {
      const args = ["a.safetensors", "zero.safetensors", "--out", "to"];
      const { code, stdout, stderr } = await runCompare(folder, ...args);
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, "A  a.safetensors\nB  zero.safetensors\n\ndrawn, 6 pairs\n");
      assertStringIncludes(stdout, "times their size: drawn 0.5.");
      const rows = parseTsv(await Deno.readTextFile(join(folder, "to/pairs.tsv")), "pairs.tsv");
      assertEquals(rows.length, 6);
      // A network without weights predicts no motion: columns 2 + x/4 and −1 are its error.
      assertEquals(new Set(rows.map(({ b_epe_px }) => b_epe_px)).size, 1);
      const page = await Deno.readTextFile(join(folder, "to/index.html"));
      assertStringIncludes(
        page,
        `B ${Number(rows[0].b_epe_px).toFixed(2)} px, zero flow ${
          Number(rows[0].b_epe_px).toFixed(2)
        } px`,
      );
    });
    await t.step("what cannot be compared is named", async () => {
      const cases: [string[], RegExp][] = [
        [
          ["a.safetensors", "b.safetensors"],
          /^Cannot read b\.safetensors: there is no such file\./,
        ],
        [["a.safetensors", "params.yaml"], /^Cannot read params\.yaml: /],
        [
          ["a.safetensors", "zero.safetensors", "--table", "t.tsv"],
          /^Cannot compare two models by --table: it names a table of runs\. Leave it out\.\n$/,
        ],
        [
          ["a.safetensors", "a.safetensors", "--on", "sintel"],
          /^Cannot compare on sintel: results\/preprocess\/splits\.json has no such pairs with truth, only drawn\.\n$/,
        ],
      ];
      for (const [args, message] of cases) {
        const { code, stderr } = await runCompare(folder, ...args);
        assertEquals(code, 1);
        assertMatch(stderr, message);
      }
    });
  });
});
