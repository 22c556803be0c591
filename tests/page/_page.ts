/** The built page in a browser, with a small network that nobody trained and pictures whose motion is known. */
import { join } from "@std/path";
import type { Page } from "puppeteer-core";
import { serveSite } from "../../commands/page/serve.ts";
import { siteFiles } from "../../commands/page/site.ts";
import { writeKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { writeModel } from "../../pipeline/compute/network/model_file.ts";
import { smallModel, waves } from "../flow/_waves.ts";
import { openBrowser, type WatchedPage } from "../report/_browser.ts";

/** SwiftShader on a busy machine. */
const PATIENCE_MS = 600_000, POLLING_MS = 300;

export const wavesPng = (u: number, v: number, width = 96, height = 80) =>
  encodePng({ ...waves(u, v, width, height), channels: 3 });

/** A flow map of one motion, which is unknown in its first row. */
function constantFlow(u: number, v: number, width = 96, height = 80): Uint8Array {
  const flow = Float32Array.from({ length: 2 * width * height }, (_, i) => i % 2 ? v : u);
  const valid = Uint8Array.from({ length: width * height }, (_, i) => i < width ? 0 : 1);
  return writeKittiFlow({ width, height, flow, valid });
}

let built: Promise<Map<string, Uint8Array>> | undefined;

function build(): Promise<Map<string, Uint8Array>> {
  built ??= siteFiles({
    model: writeModel(smallModel()),
    frames: [wavesPng(0, 0), wavesPng(2, 1)],
    truth: constantFlow(2, 1),
    recorded: { scene: wavesPng(0, 0), rubberWhale: wavesPng(1, 0) },
  });
  return built;
}

export interface OpenedPage extends WatchedPage {
  readonly address: string;
  /** The text of a part of a section. */
  text(section: string, part: string): Promise<string>;
  /** Waits until that text matches. */
  until(section: string, part: string, pattern: RegExp): Promise<void>;
  /** Waits until an expression is true there. @throws {Error} when it takes too long */
  waitFor(expression: string): Promise<void>;
  // deno-lint-ignore no-explicit-any
  evaluate(expression: string): Promise<any>;
}

/**
 * @param graphics switches of Chromium that say what computes
 * @param before runs in the page before its own script
 */
export async function openPage(
  { graphics, before = "" }: { graphics?: readonly string[]; before?: string },
): Promise<OpenedPage> {
  const server = serveSite(await build(), 0);
  const browser = await openBrowser(graphics).catch(async (error) => {
    await server.shutdown();
    throw error;
  });
  const { page } = browser;
  const address = `http://127.0.0.1:${server.addr.port}/`;
  await look(page, 1280, "light");
  await page.evaluateOnNewDocument(before);
  await page.goto(address);
  const waitFor = async (expression: string) => {
    const start = performance.now();
    while (!await page.evaluate(`Boolean(${expression})`)) {
      if (performance.now() - start > PATIENCE_MS) {
        const shown = await page.evaluate("document.body.innerText");
        throw new Error(`never true: ${expression}\nThe page shows:\n${shown}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLLING_MS));
    }
  };
  const textOf = (section: string, part: string) =>
    `document.querySelector('${section} [data-part="${part}"]').textContent`;
  return {
    ...browser,
    address,
    evaluate: (expression) => page.evaluate(expression),
    text: (section, part) => page.evaluate(textOf(section, part)) as Promise<string>,
    waitFor,
    until: (section, part, pattern) => waitFor(`${pattern}.test(${textOf(section, part)})`),
    async [Symbol.asyncDispose]() {
      await browser[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

/** Drops files, given by name and bytes in base64, onto the page. */
export async function drop(
  page: OpenedPage,
  files: Readonly<Record<string, Uint8Array>>,
  type = "",
) {
  const given = Object.entries(files).map(([name, bytes]) => [name, bytes.toBase64()]);
  await page.evaluate(`(() => {
    const dropped = new DataTransfer();
    for (const [name, text] of ${JSON.stringify(given)}) {
      dropped.items.add(new File([Uint8Array.fromBase64(text)], name, { type: ${
    JSON.stringify(type)
  } }));
    }
    const event = new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true });
    document.querySelector('[data-part="stage"]').dispatchEvent(event);
  })()`);
}

/** Whether a flow is shown, and nothing else goes on. */
export const REFINABLE = `!document.querySelector('#live [data-part="refine"]').disabled`;

/** Both at once: however fast it is, it does not come to its end before it is stopped. */
export const startAndStop = (section: string) =>
  `(() => {
    const run = document.querySelector('${section} [data-part="run"]');
    run.click();
    run.click();
  })()`;

export async function setField(page: OpenedPage, selector: string, value: number) {
  await page.evaluate(`(() => {
    const field = document.querySelector(${JSON.stringify(selector)});
    field.value = ${value};
    field.dispatchEvent(new Event("change"));
  })()`);
}

/** Of what the page shows. */
export const numberOf = (text: string) => Number(text.replace("−", "-").replace(/ (px|ms).*/, ""));

export async function look(page: Page, width: number, scheme: "light" | "dark"): Promise<void> {
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
}

/** Pictures of the page are for people: REPORT_PICTURES names a folder that gets them. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = Deno.env.get("REPORT_PICTURES");
  if (folder) {
    await Deno.writeFile(join(folder, `${name}.png`), await page.screenshot({ fullPage: true }));
  }
}
