/** The live page follows pictures that move: a camera that Chromium makes up, and clips. */
import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { SWITCHES } from "../browser/_webgpu_page.ts";
import { clip } from "./_clip.ts";
import { drop, numberOf, openPage, setField } from "./_page.ts";

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
  const play = async (name: string, made: Parameters<typeof clip>[1]) =>
    await drop(opened, { [name]: await clip(page, made) }, "video/webm");
  const STATUS = `document.querySelector('#live [data-part="status"]').textContent`;
  const atEnd = async (name: string) => {
    await opened.waitFor(
      `${STATUS}.startsWith("${name}: ") && ${STATUS}.endsWith(", at its end.")`,
    );
    return await opened.text("#live", "status");
  };
  await t.step(
    "plays each picture of a clip, also of one that does not say how long it is",
    async () => {
      for (const timed of [true, false]) {
        const name = timed ? "timed.webm" : "untimed.webm";
        await play(name, { pictures: 12, rate: 25, timed });
        assertEquals(await atEnd(name), `${name}: 11 pairs, at its end.`);
      }
    },
  );
  await t.step("says that a clip of one picture has no flow", async () => {
    await play("still.webm", { pictures: 1, rate: 25, timed: true });
    await opened.waitFor(
      `document.querySelector('#live [data-part="wrong"]').textContent ===
        "Cannot show still.webm: it ends before a second picture. Take a longer clip, or two pictures."`,
    );
  });
  await t.step(
    "plays a clip of two pictures, shorter than the step from one to the next",
    async () => {
      await play("square.webm", { pictures: 2, rate: 60, timed: true });
      assertEquals(await atEnd("square.webm"), "square.webm: 1 pair, at its end.");
      assert(await opened.evaluate(`document.querySelector('#live [data-part="wrong"]').hidden`));
    },
  );
  await t.step("refines the last pair of it", async () => {
    await setField(opened, '#live [data-part="steps"]', 3);
    await page.click('#live [data-part="refine"]');
    await opened.until("#live", "status", /^square\.webm: refined by 3 steps$/);
  });
  await t.step("says what it cannot play, and what it may not use", async () => {
    const wrong = `document.querySelector('#live [data-part="wrong"]')`;
    const says = async (text: string) => {
      await opened.waitFor(`!${wrong}.hidden && ${wrong}.textContent.startsWith("Cannot ${text}")`);
      return await opened.evaluate(`${wrong}.textContent`);
    };
    await drop(opened, { "text.mp4": new TextEncoder().encode("no video") }, "video/mp4");
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
