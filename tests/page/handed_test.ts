/** From a report to the live page: a pair of the viewer goes over with its frames, though the report is a file. */
import {
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import type { Page } from "puppeteer-core";
import { pairOfMessage } from "../../page/live/handed.ts";
import { renderPage } from "../../pipeline/report/page.ts";
import { SWITCHES } from "../browser/_webgpu_page.ts";
import { drawnPair } from "../picture/viewer/_pair.ts";
import { pageInput } from "../report/_page_input.ts";
import { numberOf, openPage } from "./_page.ts";

const frame = (pixels: number, value: number) => new Uint8ClampedArray(3 * pixels).fill(value);

Deno.test("pairOfMessage() takes a pair, and nothing that is none", () => {
  const pair = { name: "a", width: 3, height: 2, frame1: frame(6, 1), frame2: frame(6, 2) };
  const { frame1, frame2, truth } = pairOfMessage(pair);
  assertEquals([frame1.width, frame1.height, frame1.data], [3, 2, new Uint8Array(18).fill(1)]);
  assertEquals([frame2.data[0], truth], [2, undefined]);
  const wrong: [unknown, string][] = [
    ["a pair", "expected object"],
    [{ ...pair, width: 2 }, "frames and truth must fit width and height"],
    [{ ...pair, truth: new Float32Array(6) }, "frames and truth must fit width and height"],
    [{ ...pair, height: 0.5 }, "height"],
    [
      { ...pair, width: 700, height: 500, frame1: frame(350_000, 0), frame2: frame(350_000, 0) },
      "at most 307200 pixels",
    ],
  ];
  for (const [message, said] of wrong) {
    assertStringIncludes(assertThrows(() => pairOfMessage(message), Error).message, said);
  }
});

/** Clicks the viewer's button with an address, and waits until the viewer says something that matches. */
async function openLive(page: Page, address: string, said: RegExp): Promise<string> {
  const text = `document.querySelector('[data-part="live-said"]').textContent`;
  await page.evaluate(
    `document.querySelector('[data-part="live-address"]').value = ${JSON.stringify(address)}`,
  );
  await page.bringToFront();
  await page.click('[data-part="live"]');
  // The window that opens lies before this one, which then has no frames to wait for.
  await page.waitForFunction(`${said}.test(${text})`, { timeout: 120_000, polling: 100 });
  return await page.evaluate(text) as string;
}

Deno.test("a pair of the report opens in the live page", async (t) => {
  await using opened = await openPage({ graphics: SWITCHES });
  const { page, address } = opened;
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "index.html");
    await Deno.writeTextFile(file, await renderPage(pageInput()));
    await page.goto(new URL(file, "file:").href);
    await page.waitForSelector(".frame .cross[style]");
    await t.step("says what is wrong with an address", async () => {
      assertEquals(
        await openLive(page, "javascript:alert(1)", /./),
        "The live page needs an address such as http://127.0.0.1:8000/, got javascript:alert(1).",
      );
    });
    await t.step("hands over frames and truth", async () => {
      const browser = page.browser();
      const opening = browser.waitForTarget(
        (target) => target.url().startsWith(`${address}?pair`),
        { timeout: 120_000 },
      );
      await openLive(page, address, /^scenes scene_0000 is open in the live page\.$/);
      const live = (await (await opening).page())!;
      const text = (part: string) =>
        live.$eval(`#live [data-part="${part}"]`, (element) => element.textContent!);
      const says = (start: string) =>
        live.waitForFunction(
          `document.querySelector('#live [data-part="status"]').textContent.startsWith("${start}")`,
          { timeout: 600_000, polling: 300 },
        );
      await says("scenes scene_0000, 21 x 13.");
      const { flow, width, frame1 } = drawnPair("scene_0000", { dataset: "scenes" });
      const go = (x: number, y: number) =>
        live.evaluate(`(() => {
          for (const [name, value] of [["x", ${x}], ["y", ${y}]]) {
            const field = document.querySelector("#live [data-part=" + name + "]");
            field.value = value;
            field.dispatchEvent(new Event("change"));
          }
        })()`);
      const i = 4 * width + 11;
      await go(11, 4);
      const [u, v] = (await text("truth")).split(", ").map(numberOf);
      assertEquals([u, v], [flow![2 * i], flow![2 * i + 1]]);
      // One whose truth is unknown in the pair.
      await go(3, 0);
      assertEquals(await text("truth"), "unknown");
      await live.evaluate(`(() => {
        const right = document.querySelector('#live [data-part="right"]');
        right.value = "frame1";
        right.dispatchEvent(new Event("change"));
      })()`);
      const colour = await live.evaluate(`(() => {
        const canvas = document.querySelector('#live canvas'), side = canvas.width / ${width};
        const place = [11, 4].map((at) => Math.floor(side * (at + 0.5)));
        return [...canvas.getContext("2d").getImageData(...place, 1, 1).data];
      })()`) as number[];
      for (let channel = 0; channel < 3; channel++) {
        // Colours of 7 bits at half the resolution, made smooth.
        assertAlmostEquals(colour[channel], frame1[3 * i + channel], 8);
      }
      // Once more by the same report, until other pictures take its place; no link leads to what only a report has.
      await live.reload({ timeout: 120_000 });
      await says("scenes scene_0000, 21 x 13.");
      const link = () =>
        live.$eval('#live [data-part="link"]', (link) => (link as HTMLAnchorElement).search);
      assertMatch(await link(), /^\?(?!.*(pair|sample)=)/);
      await live.click('[data-sample="scene"]');
      await says("Synthetic scene, 128 x 128.");
      assertMatch(await link(), /^\?(?!.*pair=).*sample=scene/);
      await live.waitForFunction("!/pair=/.test(location.search)", { timeout: 120_000 });
      await live.close();
    });
    await t.step("says how to start a live page that is not there", async () => {
      // It takes the port and never answers: one that is free, another test might take.
      using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const { port } = silent.addr as Deno.NetAddr;
      await page.evaluate(
        "{ const wait = setTimeout; setTimeout = (then, ms) => wait(then, ms / 30); }",
      );
      assertEquals(
        await openLive(page, `http://127.0.0.1:${port}/`, /^There is/),
        `There is no live page at http://127.0.0.1:${port}. Start it with ./run deno task page --serve, and open the pair again.`,
      );
    });
    await t.step("meets no error in the report", () => assertEquals(opened.errors, []));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
