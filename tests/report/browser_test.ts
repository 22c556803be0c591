/** The page in a real browser: no error, nothing loaded, the viewer used by pointer and keys. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import type { Page } from "puppeteer-core";
import { flowToColour } from "../../pipeline/common/io/colour_wheel.ts";
import { renderPage } from "../../pipeline/report/page.ts";
import { drawnPair } from "../picture/viewer/_pair.ts";
import { openBrowser } from "./_browser.ts";
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
async function keepPicture(page: Page, name: string): Promise<void> {
  const png = await page.screenshot({ fullPage: true });
  assertGreater(png.length, 10_000);
  const folder = Deno.env.get("REPORT_PICTURES");
  if (folder) await Deno.writeFile(join(folder, `${name}.png`), png);
}

async function look(
  page: Page,
  { width, height, scheme }: { width: number; height: number; scheme: "light" | "dark" },
): Promise<void> {
  await page.setViewport({ width, height, isMobile: width < 600 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
}

Deno.test("the report in a browser", async (t) => {
  await using browser = await openBrowser();
  const { page } = browser;
  // deno-lint-ignore no-explicit-any
  const evaluate = (expression: string): Promise<any> => page.evaluate(expression);
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "index.html");
    const url = new URL(file, "file:").href;
    await Deno.writeTextFile(file, await renderPage(pageInput()));
    await look(page, { width: 1200, height: 900, scheme: "light" });
    await page.goto(url);
    await page.waitForFunction(`${CAPTION}.startsWith("scenes scene_0000: EPE 1.50 px")`);

    const pair = drawnPair("scene_0000", { dataset: "scenes" });
    await keepPicture(page, "light");
    await t.step("shows the true flow first, in the colours of the pictures", async () => {
      assertEquals(await evaluate(LAYER), "truth");
      const pixels: number[] = await evaluate(PIXELS);
      // The flow of the viewer is rounded to 1/64 px, and that of this pair needs no rounding.
      const expected = flowToColour(pair.flow!, pair.width, pair.height, 8, pair.valid);
      assertEquals(pixels.filter((_, i) => i % 4 !== 3), [...expected]);
    });
    await t.step("reads out truth, prediction and error under the pointer", async () => {
      const at = async (x: number, y: number) => {
        const canvas = (await page.$('[data-part="canvas"]'))!;
        await canvas.scrollIntoView();
        const box = (await canvas.boundingBox())!;
        await page.mouse.move(
          box.x + (x + 0.5) / pair.width * box.width,
          box.y + (y + 0.5) / pair.height * box.height,
        );
        return await evaluate(READ_OUT);
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
        await page.click(`[data-layer="${layer}"]`);
        assertEquals(await evaluate(LAYER), layer);
        seen.add(String(await evaluate(PIXELS)));
      }
      assertEquals(seen.size, 6);
      await page.keyboard.press("ArrowRight");
      assertEquals(await evaluate(LAYER), "frame1");
      await page.keyboard.press("ArrowLeft");
      assertEquals(await evaluate(LAYER), "occlusion");
      const label = await evaluate(
        `document.querySelector("[data-part=canvas]").ariaLabel`,
      );
      assertEquals(label, "Occlusion of scenes scene_0000");
    });
    await t.step("flips the frames", async () => {
      await page.keyboard.press("f");
      for (const layer of ["frame1", "frame2", "frame1"]) {
        await page.waitForFunction(`${LAYER} === "${layer}"`);
      }
      await page.keyboard.press("f");
    });
    await t.step("goes through the pairs by keys, list and links", async () => {
      await page.keyboard.press("n");
      await page.waitForFunction(`${CAPTION}.startsWith("scenes scene_0008")`);
      assertStringIncludes(await evaluate(CAPTION), "the worst of 9");
      await page.keyboard.press("p");
      await page.keyboard.press("p");
      await page.waitForFunction(`${CAPTION}.startsWith("real </script>")`);
      await page.click('#pairs a[data-pair="1"]');
      await page.waitForFunction(`${CAPTION}.startsWith("scenes scene_0008")`);
    });
    await t.step("may be hurried: the last pair that was asked for is shown", async () => {
      await evaluate(`(() => {
        const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        for (const key of ["n", "ArrowRight", "n", "ArrowRight", "n", "n", "ArrowLeft"]) press(key);
      })()`);
      await page.waitForFunction(`${CAPTION}.startsWith("real </script>")`);
    });
    await t.step("moves the marked point by keys", async () => {
      const before = await evaluate(READ_OUT);
      await page.keyboard.down("Shift");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.up("Shift");
      const position = (readOut: { position: string }) => readOut.position.split(", ").map(Number);
      const [x, y] = position(before);
      assertEquals(position(await evaluate(READ_OUT)), [x + 1, y + 1]);
    });
    await t.step("scales both flows to the pair where asked", async () => {
      const maximum = `document.querySelector('[data-part="flow-maximum"]').textContent`;
      assertEquals(await evaluate(maximum), "10 px");
      await evaluate(`(() => {
        const scale = document.querySelector('[data-part="scale"]');
        scale.value = "pair";
        scale.dispatchEvent(new Event("change"));
      })()`);
      assertEquals(await evaluate(maximum), "7.07 px");
    });
    await t.step("shows a pair at its own size, and fits it to the page again", async () => {
      const width = `document.querySelector('[data-part="canvas"]').clientWidth`;
      const fitted: number = await evaluate(width);
      await page.click('[data-part="full"]');
      assertEquals(await evaluate(width), pair.width);
      await page.click('[data-part="full"]');
      assertEquals(await evaluate(width), fitted);
      assertGreater(fitted, 10 * pair.width);
    });
    await t.step(
      "begins with the error beside that of zero flow, and numbers look clickable",
      async () => {
        assertEquals(
          await evaluate(
            `[...document.querySelectorAll(".three .number")].map((link) => link.textContent)`,
          ),
          ["1.37", "3.22"],
        );
        assertEquals(
          await evaluate(`(() => {
          const style = getComputedStyle(document.querySelector("a.number"));
          return [style.cursor, style.textDecorationLine];
        })()`),
          ["pointer", "underline"],
        );
      },
    );
    await t.step("shows where a number comes from", async () => {
      await page.click("#headline .big a");
      const dialog: string = await evaluate(
        `document.querySelector("dialog[open]").innerText`,
      );
      assertStringIncludes(dialog, "1.36712");
      assertStringIncludes(
        dialog,
        "./run deno task trace results/evaluate/metrics.json scenes.epe_px",
      );
      assertStringIncludes(dialog, "unroll_iterations 3");
      await page.keyboard.press("Escape");
      await evaluate(`document.querySelector("dialog").close()`);
    });
    await t.step("fits a phone, and follows light and dark", async () => {
      const paper = `getComputedStyle(document.body).backgroundColor`;
      const light = await evaluate(paper);
      await look(page, { width: 390, height: 844, scheme: "dark" });
      assert(await evaluate(paper) !== light);
      // Every table is shown; the wide ones scroll by themselves and not with the page.
      await evaluate(`document.querySelectorAll("details").forEach((part) => part.open = true)`);
      assertEquals(await evaluate("document.documentElement.scrollWidth"), 390);
      assertEquals(
        await evaluate(`[...document.querySelectorAll("table")]
          .filter((table) => table.clientWidth > 390 && !table.closest(".wide")).length`),
        0,
      );
      await keepPicture(page, "phone_dark");
    });
    await t.step("meets no error and asks for nothing but itself", () => {
      assertEquals(browser.errors, []);
      // Loaded twice: puppeteer loads a page anew when a window becomes a phone.
      const addresses = new Set(browser.requests.map((address) => address.split("#")[0]));
      assertEquals([...addresses], [url]);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
