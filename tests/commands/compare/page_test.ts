/** The page of a comparison in a browser: the layer of each side beside the other's. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { compareDatasets, matchPairs } from "../../../commands/compare/differences.ts";
import { comparePage } from "../../../commands/compare/page.ts";
import { packPair } from "../../../pipeline/picture/viewer/pack.ts";
import { drawnPair } from "../../picture/viewer/_pair.ts";
import { openBrowser } from "../../report/_browser.ts";
import { predictedFlow } from "../../report/_page_input.ts";
import { inFolder } from "../../stages/_run.ts";

const COLOURS = (part: string) =>
  `(() => {
  const canvas = document.querySelector('[data-part="${part}"]');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return [...copy.getImageData(0, 0, canvas.width, canvas.height).data].join();
})()`;
const TEXT = (part: string) => `document.querySelector('[data-part="${part}"]').textContent`;

function page(): Promise<string> {
  const pair = drawnPair("pair_0");
  const row = { dataset: "drawn", pair: "pair_0", pixels_all_count: "9", zero_flow_epe_px: "4" };
  const first = { name: "<A>", rows: [{ ...row, epe_px: "0.56" }] };
  const second = { name: "B", rows: [{ ...row, epe_px: "4" }] };
  const { pairs } = matchPairs(first, second);
  return comparePage({
    names: ["<A>", "B"],
    datasets: compareDatasets(pairs),
    pairs,
    shown: [{
      first: packPair(pair, predictedFlow(pair.flow!)),
      second: packPair(pair, new Float32Array(pair.flow!.length)),
      flowMaximum: 8,
    }],
    notes: ["A note."],
  });
}

Deno.test("comparePage() shows a layer of each side beside the other, and reads out both", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "index.html");
    await Deno.writeTextFile(file, await page());
    await using browser = await openBrowser();
    await browser.page.setViewport({ width: 1280, height: 900 });
    await browser.page.goto(new URL(file, "file:").href);
    await browser.page.waitForFunction(
      `${TEXT("caption")}.startsWith("drawn pair_0: A 0.56 px, B 4")`,
    );
    const seen: boolean[] = [];
    for (const layer of ["frame1", "truth", "occlusion", "predicted", "error"]) {
      await browser.page.click(`[data-layer="${layer}"]`);
      const [one, two] = [COLOURS("canvas"), COLOURS("second-canvas")];
      seen.push(await browser.page.evaluate(`${one} === ${two}`) as boolean);
    }
    assertEquals(seen, [true, true, true, false, false]);
    const canvas = (await browser.page.$('[data-part="second-canvas"]'))!;
    await canvas.scrollIntoView();
    const box = (await canvas.boundingBox())!;
    await browser.page.mouse.move(box.x + 11.5 / 21 * box.width, box.y + 4.5 / 13 * box.height);
    const read: unknown[] = [];
    for (const part of ["position", "predicted-u", "error", "second-u", "second-error"]) {
      read.push(await browser.page.evaluate(TEXT(part)));
    }
    // True flow there is (2 + 11/4, -1); A is (0.25, -0.5) off, B has no motion.
    assertEquals(read, ["11, 4", "+5.00", "0.56 px", "+0.00", "4.85 px"]);
    await browser.page.setViewport({ width: 390, height: 800, isMobile: true });
    assertEquals(await browser.page.evaluate("document.documentElement.scrollWidth"), 390);
    assertEquals(browser.errors, []);
  });
});
