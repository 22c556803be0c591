/** The live page follows pictures that move: a camera that Chromium makes up, and a clip that it records. */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { SWITCHES } from "../browser/_webgpu_page.ts";
import { numberOf, openPage } from "./_page.ts";

const WIDTH = 96, HEIGHT = 64, FRAMES = 12;

/** A film for Chromium's camera, as YUV4MPEG2: grey waves that go right. */
function film(): Uint8Array {
  const text = (line: string) => new TextEncoder().encode(`${line}\n`);
  const parts = [text(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F25:1 Ip A1:1 C420jpeg`)];
  for (let frame = 0; frame < FRAMES; frame++) {
    const luma = Uint8Array.from(
      { length: WIDTH * HEIGHT },
      (_, i) => 128 + 90 * Math.sin((i % WIDTH - 2 * frame) * 2 * Math.PI / (2 * FRAMES)),
    );
    parts.push(text("FRAME"), luma, new Uint8Array(WIDTH * HEIGHT / 2).fill(128));
  }
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const CANVAS = `document.querySelector("#live canvas").toDataURL()`;
const STOP_HIDDEN = `document.querySelector('#live [data-part="stop"]').hidden`;

/** A square that goes right, filmed by the browser, dropped onto the page under a name and type. */
const dropClip = (name: string, type: string) =>
  `(async () => {
    const canvas = document.createElement("canvas");
    canvas.width = ${WIDTH};
    canvas.height = ${HEIGHT};
    const context = canvas.getContext("2d"), chunks = [];
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
    recorder.ondataavailable = ({ data }) => chunks.push(data);
    const whole = new Promise((resolve) => recorder.onstop = resolve);
    recorder.start();
    for (let place = 0; place < 20; place++) {
      context.fillStyle = "#204060";
      context.fillRect(0, 0, ${WIDTH}, ${HEIGHT});
      context.fillStyle = "#f0d020";
      context.fillRect(2 * place, 20, 30, 24);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    recorder.stop();
    await whole;
    const dropped = new DataTransfer();
    dropped.items.add(new File(chunks, ${JSON.stringify(name)}, { type: ${JSON.stringify(type)} }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
  })()`;

Deno.test("the live page follows what moves", async (t) => {
  const file = await Deno.makeTempFile({ suffix: ".y4m" });
  await Deno.writeFile(file, film());
  await using opened = await openPage({
    graphics: [
      ...SWITCHES,
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      `--use-file-for-fake-video-capture=${file}`,
    ],
  });
  const { page } = opened;
  await opened.until("#live", "status", /^Synthetic scene, 128 x 128/);

  await t.step("takes the camera, pair after pair, until it is stopped", async () => {
    await page.click('#live [data-part="camera"]');
    // Pairs pass faster than the text is looked at: any one after the first.
    await opened.until("#live", "status", /^Camera, 96 x 64: pair (?!1,)\d+, \d+ ms/);
    assertGreater(numberOf(await opened.text("#live", "time")), 0);
    assertEquals(await opened.text("#live", "truth"), "unknown");
    assertEquals(await opened.evaluate(STOP_HIDDEN), false);
    const before = await opened.evaluate(CANVAS);
    await opened.waitFor(`${CANVAS} !== ${JSON.stringify(before)}`);
    await page.click('#live [data-part="stop"]');
    await opened.until("#live", "status", /^Camera: \d+ pairs, stopped\.$/);
    assertEquals(await opened.evaluate(STOP_HIDDEN), true);
    assert(await opened.evaluate(`!/sample=/.test(location.search)`));
  });
  await t.step("plays a clip to its end, also one that does not say how long it is", async () => {
    await opened.evaluate(dropClip("square.webm", "video/webm"));
    await opened.until("#live", "status", /^square\.webm: \d+ pairs, at its end\.$/);
    const [, pairs] = (await opened.text("#live", "status")).match(/(\d+) pairs/)!;
    assertGreater(Number(pairs), 10);
  });
  await t.step("refines the last pair of it", async () => {
    await opened.evaluate(`(() => {
      const steps = document.querySelector('#live [data-part="steps"]');
      steps.value = 3;
      steps.dispatchEvent(new Event("change"));
    })()`);
    await page.click('#live [data-part="refine"]');
    await opened.until("#live", "status", /^square\.webm: refined by 3 steps$/);
  });
  await t.step("says what it cannot play, and what it may not use", async () => {
    const wrong = `document.querySelector('#live [data-part="wrong"]')`;
    const says = async (text: string) => {
      await opened.waitFor(`!${wrong}.hidden && ${wrong}.textContent.startsWith("Cannot ${text}")`);
      return await opened.evaluate(`${wrong}.textContent`);
    };
    await opened.evaluate(`(() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(["no video"], "text.mp4", { type: "video/mp4" }));
      document.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
    })()`);
    assertStringIncludes(await says("show text.mp4"), "Convert it to MP4 with H.264.");
    for (
      const [name, why] of [["NotAllowedError", "the page may not use it"], [
        "NotFoundError",
        "there is none",
      ]]
    ) {
      await opened.evaluate(
        `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "${name}"))`,
      );
      await page.click('#live [data-part="camera"]');
      assertEquals(
        await says(`use the camera: ${why}`),
        `Cannot use the camera: ${why}. Two pictures or a clip do as well.`,
      );
    }
  });
  await t.step("meets no error", () => assertEquals(opened.errors, []));
  await Deno.remove(file);
});
