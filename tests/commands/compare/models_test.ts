/** deno task compare of two models: both are scored on the pairs of results/preprocess, and shown side by side in a browser. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseTsv } from "../../../pipeline/common/io/tsv.ts";
import { writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { smallModel } from "../../flow/_waves.ts";
import { openBrowser } from "../../report/_browser.ts";
import { inFolder } from "../../stages/_run.ts";
import { packPairs, runCompare } from "./_compare.ts";

const COLOURS = (part: string) =>
  `(() => {
  const canvas = document.querySelector('[data-part="${part}"]');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return [...copy.getImageData(0, 0, canvas.width, canvas.height).data].join();
})()`;
const TEXT = (part: string) => `document.querySelector('[data-part="${part}"]').textContent`;

Deno.test("deno task compare scores two models and shows them side by side", async (t) => {
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
    await t.step("in a browser, a layer of each beside the other", async () => {
      await using browser = await openBrowser();
      const { page, errors } = browser;
      await page.setViewport({ width: 1280, height: 900 });
      await page.goto(new URL(join(folder, "to/index.html"), "file:").href);
      await page.waitForFunction(`${TEXT("caption")}.startsWith("drawn pair_")`);
      const bothSame = async (layer: string) => {
        await page.click(`[data-layer="${layer}"]`);
        return await page.evaluate(COLOURS("canvas")) ===
          await page.evaluate(COLOURS("second-canvas"));
      };
      const seen = [];
      for (const layer of ["frame1", "truth", "predicted"]) {
        seen.push(await bothSame(layer));
      }
      assertEquals(seen, [true, true, false]);
      const canvas = (await page.$('[data-part="second-canvas"]'))!;
      await canvas.scrollIntoView();
      const box = (await canvas.boundingBox())!;
      await page.mouse.move(box.x + 10.5 / 21 * box.width, box.y + 4.5 / 13 * box.height);
      const read = await Promise.all(
        ["position", "second-u", "second-v", "second-error"].map((part) =>
          page.evaluate(TEXT(part))
        ),
      );
      // True flow there is (2 + 10/4, −1).
      assertEquals(read, ["10, 4", "+0.00", "+0.00", `${Math.hypot(4.5, 1).toFixed(2)} px`]);
      await page.setViewport({ width: 390, height: 800, isMobile: true });
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      assertEquals([wide, errors], [390, []]);
    });
    await t.step("what cannot be compared is named", async () => {
      const cases: [string[], RegExp][] = [
        [
          ["a.safetensors", "b.safetensors"],
          /^Cannot read b\.safetensors: there is no such file\./,
        ],
        [["a.safetensors", "params.yaml"], /^Cannot read params\.yaml: /],
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
