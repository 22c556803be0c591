/** The live page in the hands of somebody hurried, with the wrong files, and with a GPU that goes. */
import { assert, assertEquals } from "@std/assert";
import { SWITCHES } from "../browser/_webgpu_page.ts";
import { drop, openPage, REFINABLE, setField, wavesPng } from "./_page.ts";

/** So that the test can lose it. */
const KEEP_DEVICE = `{
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    return globalThis.keptDevice = await requestDevice.apply(this, given);
  };
}`;
const LOST =
  "The GPU was lost (Device was destroyed.): memory ran out, its driver stopped, or the computer slept. " +
  "Reload the page: its address keeps what is set.";
const part = (section: string, name: string) =>
  `document.querySelector('${section} [data-part="${name}"]')`;

Deno.test("the live page in trouble", async (t) => {
  await using opened = await openPage({ graphics: SWITCHES, before: KEEP_DEVICE });
  const { page } = opened;
  const wrong = part("#live", "wrong");
  const says = async (message: string) => {
    await opened.waitFor(`!${wrong}.hidden && ${wrong}.textContent === ${JSON.stringify(message)}`);
  };
  await opened.waitFor(REFINABLE);

  await t.step("clicked in haste, does the last thing and no more", async () => {
    await opened.evaluate(`(() => {
      const samples = [...document.querySelectorAll("[data-sample]")];
      const refine = ${part("#live", "refine")};
      globalThis.estimated = 0;
      new MutationObserver(() => {
        if (/estimating/.test(${part("#live", "status")}.textContent)) estimated++;
      }).observe(${part("#live", "status")}, { childList: true });
      for (let i = 0; i < 20; i++) {
        refine.click();
        samples[i % 2].click();
        for (const figure of ["#toy", "#costs"]) document.querySelector(figure + " button").click();
      }
    })()`);
    await opened.until("#live", "status", /^RubberWhale, 96 x 80/);
    await opened.waitFor(REFINABLE);
    assertEquals(await opened.evaluate("estimated"), 1);
    assertEquals(await opened.text("#live", "refine"), "Refine");
    for (const figure of ["#toy", "#costs"]) {
      await opened.until(figure, "run", /^Run again$/);
      await opened.until(figure, "status", /, stopped$/);
    }
  });
  await t.step("a camera that nobody allows holds nothing up, and can be stopped", async () => {
    await opened.evaluate(`navigator.mediaDevices.getUserMedia = () => new Promise(() => {})`);
    const stopHidden = () => opened.evaluate(`${part("#live", "stop")}.hidden`);
    await page.click('#live [data-part="camera"]');
    assertEquals(await stopHidden(), false);
    await page.click('[data-sample="scene"]');
    await opened.until("#live", "status", /^Synthetic scene, 128 x 128/);
    assertEquals(await stopHidden(), true);
    await opened.waitFor(REFINABLE);
    await page.click('#live [data-part="camera"]');
    await page.click('#live [data-part="stop"]');
    await opened.waitFor(`${part("#live", "stop")}.hidden`);
    await opened.waitFor(REFINABLE);
  });
  await t.step("refines by keys alone, which keep their place", async () => {
    // More than end before the second key, on any machine.
    await setField(opened, '#live [data-part="steps"]', 1000);
    await page.focus('#live [data-part="refine"]');
    await page.keyboard.press("Enter");
    await opened.until("#live", "refine", /^Stop$/);
    await page.keyboard.press("Enter");
    await opened.until("#live", "status", /^Synthetic scene: refinement stopped$/);
    assert(await opened.evaluate(`document.activeElement === ${part("#live", "refine")}`));
  });
  await t.step(
    "names what it cannot read, and keeps what a link says of what is shown",
    async () => {
      const text = new TextEncoder().encode("text");
      await drop(opened, { "a.png": text, "b.png": wavesPng(0, 0) });
      await says(
        "Cannot read a.png: it does not start like a PNG, JPEG or PPM file. Convert it to PNG.",
      );
      await opened.evaluate(
        `File.prototype.arrayBuffer = () => Promise.reject(new DOMException("", "NotFoundError"))`,
      );
      await drop(opened, { "folder": text, "other": text });
      await says(
        "Cannot read folder: it is a folder, or was changed or moved since. Choose a file again.",
      );
      const link = `new URL(${part("#live", "link")}.href).searchParams.get("sample")`;
      assertEquals(await opened.evaluate(link), "scene");
    },
  );
  await t.step("leaves text that is dropped to the fields", async () => {
    assert(
      await opened.evaluate(`(() => {
      const dropped = new DataTransfer();
      dropped.setData("text/plain", "3");
      const event = new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true });
      return document.body.dispatchEvent(event);
    })()`),
    );
  });
  await t.step("breaks names of any length", async () => {
    await page.setViewport({ width: 390, height: 800 });
    await drop(opened, { [`${"a".repeat(200)}.png`]: wavesPng(0, 0) });
    await drop(opened, {
      ["b".repeat(200)]: new Uint8Array(1),
      ["c".repeat(200)]: new Uint8Array(1),
    });
    await opened.waitFor(`/^Cannot read b+:/.test(${wrong}.textContent)`);
    assertEquals(await opened.evaluate("document.documentElement.scrollWidth"), 390);
  });
  await t.step("says in every place that the GPU is lost, and what helps", async () => {
    // In the page, as soon as it computes: a fast machine may be at the end before it is looked at from here.
    await opened.evaluate(`{
      const status = ${part("#costs", "status")};
      new MutationObserver((_, observer) => {
        if (!/^Step/.test(status.textContent)) return;
        observer.disconnect();
        keptDevice.destroy();
      }).observe(status, { childList: true });
    }`);
    await page.click('#costs [data-part="run"]');
    await opened.waitFor(`${part("header", "adapter")}.textContent === ${JSON.stringify(LOST)}`);
    await opened.waitFor(`${part("#costs", "status")}.textContent === ${JSON.stringify(LOST)}`);
    await page.click('[data-sample="scene"]');
    await says(LOST);
    await page.click('#toy [data-part="run"]');
    await opened.waitFor(`${part("#toy", "status")}.textContent === ${JSON.stringify(LOST)}`);
  });
  await t.step("goes on after a reload", async () => {
    await page.reload();
    await opened.until("#live", "status", /^Synthetic scene, 128 x 128/);
    assertEquals(
      await opened.text("header", "adapter").then((text) => text.slice(0, 12)),
      "Computed on:",
    );
  });
  await t.step("meets no error", () => assertEquals(opened.errors, []));
});
