/** The page in a real browser: no error, nothing loaded, the viewer used by pointer and keys. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { flowToColour } from "../../pipeline/common/io/colour_wheel.ts";
import { renderPage } from "../../pipeline/report/page.ts";
import { drawnPair } from "../viewer/_pair.ts";
import { Browser } from "./_browser.ts";
import { pageInput, predictedFlow } from "./_page_input.ts";

const READ_OUT = `Object.fromEntries([...document.querySelectorAll(".readout [data-part]")]
  .map((element) => [element.dataset.part, element.textContent]))`;
const LAYER = `document.querySelector('[data-layer][aria-pressed="true"]').dataset.layer`;
const CAPTION = `document.querySelector('[data-part="caption"]').textContent`;
const PIXELS = `(() => {
  const canvas = document.querySelector('[data-part="canvas"]');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return [...copy.getImageData(0, 0, canvas.width, canvas.height).data];
})()`;

/** Pictures of the page are for people: REPORT_PICTURES names a folder that gets them. */
async function keepPicture(browser: Browser, name: string): Promise<void> {
  const png = await browser.picture({ whole: true });
  assertGreater(png.length, 10_000);
  const folder = Deno.env.get("REPORT_PICTURES");
  if (folder) await Deno.writeFile(join(folder, `${name}.png`), png);
}

Deno.test("the report in a browser", async (t) => {
  const browser = await Browser.start();
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "index.html");
    const url = new URL(file, "file:").href;
    await Deno.writeTextFile(file, await renderPage(pageInput()));
    await browser.look({ width: 1200, height: 900, dark: false });
    await browser.open(url);
    await browser.until(`${CAPTION}.startsWith("scenes scene_0000: EPE 1.50 px")`);

    const pair = drawnPair("scene_0000", { dataset: "scenes" });
    await keepPicture(browser, "light");
    await t.step("shows the true flow first, in the colours of the pictures", async () => {
      assertEquals(await browser.evaluate(LAYER), "truth");
      const pixels: number[] = await browser.evaluate(PIXELS);
      // The flow of the viewer is rounded to 1/64 px, and that of this pair needs no rounding.
      const expected = flowToColour(pair.flow!, pair.width, pair.height, 8, pair.valid);
      assertEquals(pixels.filter((_, i) => i % 4 !== 3), [...expected]);
    });
    await t.step("reads out truth, prediction and error under the pointer", async () => {
      const at = async (x: number, y: number) => {
        await browser.point(
          '[data-part="canvas"]',
          (x + 0.5) / pair.width,
          (y + 0.5) / pair.height,
        );
        return await browser.evaluate(READ_OUT);
      };
      const index = 4 * pair.width + 11;
      const [u, v] = pair.flow!.subarray(2 * index);
      const predicted = predictedFlow(pair.flow!).subarray(2 * index);
      const readOut = await at(11, 4);
      const number = (text: string) => Number(text.replace("−", "-").replace(" px", ""));
      assertEquals(readOut.position, "11, 4");
      assertAlmostEquals(number(readOut["truth-u"]), u, 0.006);
      assertAlmostEquals(number(readOut["truth-v"]), v, 0.006);
      assertAlmostEquals(number(readOut["predicted-u"]), predicted[0], 0.006);
      assertAlmostEquals(number(readOut["predicted-v"]), predicted[1], 0.006);
      assertAlmostEquals(number(readOut.error), Math.hypot(0.25, 0.5), 0.006);
      assertEquals(readOut.visibility, "visible");
      assertEquals((await at(1, 4)).visibility, "occluded");
      const unknown = pair.valid!.findIndex((known, i) => !known && i % pair.width > 2);
      const there = await at(unknown % pair.width, Math.floor(unknown / pair.width));
      assertEquals([there["truth-u"], there.error], ["unknown", "unknown"]);
    });
    await t.step("changes layers by click and keys, every one with another picture", async () => {
      const seen = new Set<string>();
      for (const layer of ["frame1", "frame2", "truth", "predicted", "error", "occlusion"]) {
        await browser.point(`[data-layer="${layer}"]`, 0.5, 0.5, { click: true });
        assertEquals(await browser.evaluate(LAYER), layer);
        seen.add(String(await browser.evaluate(PIXELS)));
      }
      assertEquals(seen.size, 6);
      await browser.press("ArrowRight");
      assertEquals(await browser.evaluate(LAYER), "frame1");
      await browser.press("ArrowLeft");
      assertEquals(await browser.evaluate(LAYER), "occlusion");
      const label = await browser.evaluate(
        `document.querySelector("[data-part=canvas]").ariaLabel`,
      );
      assertEquals(label, "Occlusion of scenes scene_0000");
    });
    await t.step("flips the frames", async () => {
      await browser.press("f");
      const layers = new Set<string>();
      for (let i = 0; i < 14; i++) {
        layers.add(await browser.evaluate(LAYER));
        await new Promise((resolve) => setTimeout(resolve, 70));
      }
      await browser.press("f");
      assertEquals([...layers].sort(), ["frame1", "frame2"]);
    });
    await t.step("goes through the pairs by keys, list and links", async () => {
      await browser.press("n");
      await browser.until(`${CAPTION}.startsWith("scenes scene_0008")`);
      assertStringIncludes(await browser.evaluate(CAPTION), "the worst of 9");
      await browser.press("p");
      await browser.press("p");
      await browser.until(`${CAPTION}.startsWith("real </script>")`);
      await browser.point('#pairs a[data-pair="1"]', 0.5, 0.5, { click: true });
      await browser.until(`${CAPTION}.startsWith("scenes scene_0008")`);
    });
    await t.step("may be hurried: the last pair that was asked for is shown", async () => {
      await browser.evaluate(`(() => {
        const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        for (const key of ["n", "ArrowRight", "n", "ArrowRight", "n", "n", "ArrowLeft"]) press(key);
      })()`);
      await browser.until(`${CAPTION}.startsWith("real </script>")`);
    });
    await t.step("moves the marked point by keys", async () => {
      const before = await browser.evaluate(READ_OUT);
      await browser.press("ArrowRight", { shift: true });
      await browser.press("ArrowDown", { shift: true });
      const position = (readOut: { position: string }) => readOut.position.split(", ").map(Number);
      const [x, y] = position(before);
      assertEquals(position(await browser.evaluate(READ_OUT)), [x + 1, y + 1]);
    });
    await t.step("scales both flows to the pair where asked", async () => {
      const maximum = `document.querySelector('[data-part="flow-maximum"]').textContent`;
      assertEquals(await browser.evaluate(maximum), "10 px");
      await browser.evaluate(`(() => {
        const scale = document.querySelector('[data-part="scale"]');
        scale.value = "pair";
        scale.dispatchEvent(new Event("change"));
      })()`);
      assertEquals(await browser.evaluate(maximum), "7.07 px");
    });
    await t.step("shows where a number comes from", async () => {
      await browser.point("#headline .big a", 0.5, 0.5, { click: true });
      const dialog: string = await browser.evaluate(
        `document.querySelector("dialog[open]").innerText`,
      );
      assertStringIncludes(dialog, "1.36712");
      assertStringIncludes(
        dialog,
        "./run deno task trace results/evaluate/metrics.json scenes.epe_px",
      );
      assertStringIncludes(dialog, "unroll_iterations 3");
      await browser.press("Escape");
      await browser.evaluate(`document.querySelector("dialog").close()`);
    });
    await t.step("fits a phone, and follows light and dark", async () => {
      const paper = `getComputedStyle(document.body).backgroundColor`;
      const light = await browser.evaluate(paper);
      await browser.look({ width: 390, height: 844, dark: true });
      assert(await browser.evaluate(paper) !== light);
      assertEquals(await browser.evaluate("document.documentElement.scrollWidth"), 390);
      await keepPicture(browser, "phone_dark");
    });
    await t.step("meets no error and asks for nothing but itself", () => {
      assertEquals(browser.errors, []);
      assertEquals(browser.requests, [url]);
    });
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
});
