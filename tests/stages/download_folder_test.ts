import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { openZipFile } from "../../stages/common/archives.ts";
import { collectSources } from "../../stages/download/sources.ts";
import { picture, zip } from "../fetch/_archives.ts";
import { type Setting, setting, SOURCE } from "./_download.ts";
import { inFolder, names, write } from "./_run.ts";

/** Packs `archives/frames`, filled with small pictures, and gives the paths in frames.zip. */
function fromFrames(
  files: readonly string[],
  check: (
    context: Setting & { frames: string; packed: () => Promise<readonly string[]> },
  ) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const context = setting(folder);
    const { places, hooks } = context;
    const frames = join(places.own, "frames");
    for (const path of files) await write(join(frames, path), picture(3, 2, path.length));
    const archives = [{ file: "frames.zip", bytes: 0 }];
    const packed = async () => {
      await collectSources([["frames", { ...SOURCE, layout: "frames", archives }]], places, hooks);
      using open = new DisposableStack();
      return (await openZipFile(join(places.out, "frames.zip"), open)).paths;
    };
    await check({ ...context, frames, packed });
  });
}

Deno.test("collectSources() packs the pictures of a folder and says what it leaves out", async (t) => {
  await t.step(
    "any case of the ending; other formats and hidden folders are counted",
    () =>
      fromFrames(
        [
          "a/1.PNG",
          "a/2.png",
          "a/3.Ppm",
          "a/6.JPEG",
          "a/4.webp",
          "a/5.WEBP",
          "b/film.MOV",
          ".thumbnails/1.png",
        ],
        async ({ packed, frames, notices }) => {
          await write(join(frames, ".DS_Store"), new Uint8Array(3));
          await write(join(frames, "__MACOSX/a/._1.png"), new Uint8Array(3));
          await write(join(frames, "notes.txt"), new Uint8Array(3));
          assertEquals(await packed(), ["a/1.PNG", "a/2.png", "a/3.Ppm", "a/6.JPEG"]);
          assertEquals(notices, [
            "archives/frames: left out pictures: 2 .webp (a/4.webp, a/5.WEBP), 1 .mov (b/film.MOV). Only PNG, " +
            "JPEG and PPM are read: convert pictures with: magick mogrify -format png *.EXTENSION; films " +
            "with: ffmpeg -i FILM %06d.png.",
            "archives/frames: left out hidden files and folders: 1 (.thumbnails).",
          ]);
        },
      ),
  );
  await t.step(
    "only formats that are not read",
    () =>
      fromFrames(["a/1.webp", "a/2.webp"], async ({ packed }) => {
        await assertRejects(
          packed,
          Error,
          "archives/frames: it holds no PNG, JPEG or PPM picture, only 2 .webp (a/1.webp, a/2.webp). Only PNG, JPEG",
        );
      }),
  );
  await t.step("nothing at all", () =>
    fromFrames([], async ({ packed, frames }) => {
      await Deno.mkdir(frames);
      await assertRejects(packed, Error, "archives/frames: it holds no PNG, JPEG or PPM picture.");
    }));
  await t.step(
    "an archive beside the folder is used, which is said",
    () =>
      fromFrames(["a/1.png", "a/2.png"], async ({ packed, places, notices }) => {
        await write(
          join(places.own, "frames.zip"),
          await zip({ "old/1.png": picture(1, 1, 1) }),
        );
        assertEquals(await packed(), ["old/1.png"]);
        assertEquals(notices, [
          "archives/frames.zip is used, and not the folder archives/frames: keep one of them.",
        ]);
      }),
  );
});

Deno.test("collectSources() follows links to files inside the folder of pictures and no others", async (t) => {
  await t.step(
    "a linked picture",
    () =>
      fromFrames(["a/1.png", "a/2.png"], async ({ packed, frames }) => {
        await Deno.mkdir(join(frames, "c"));
        await Deno.symlink(join(frames, "a/2.png"), join(frames, "c/7.png"));
        assertEquals([...await packed()].sort(), ["a/1.png", "a/2.png", "c/7.png"]);
      }),
  );
  const outside: [name: string, target: string][] = [
    ["3.png", "../../secret/1.png"],
    // Begins as the folder does, and is another one.
    ["3.png", "../frames_of_others/1.png"],
  ];
  for (const [name, target] of outside) {
    await t.step(
      `a link to ${target} is refused by name`,
      () =>
        fromFrames(["a/1.png", "a/2.png"], async ({ packed, places, frames }) => {
          await write(join(places.own, "../secret/1.png"), picture(1, 1, 1));
          await write(join(places.own, "frames_of_others/1.png"), picture(1, 1, 1));
          await Deno.symlink(target, join(frames, name));
          const error = await assertRejects(
            packed,
            Error,
            `Cannot use ${frames}/${name}: the link`,
          );
          assertStringIncludes(error.message, `leads out of ${frames}, to /`);
          assertEquals(await names(places.out), []);
        }),
    );
  }
  await t.step(
    "a name with control characters",
    () =>
      fromFrames(["a/1.png", "a/2.png", "a/\n3.png"], async ({ packed }) => {
        await assertRejects(packed, Error, '"a/\\n3.png": the name holds control characters');
      }),
  );
  await t.step(
    "a picture that is too large to be one",
    () =>
      fromFrames(["a/1.png", "a/2.png"], async ({ packed, frames }) => {
        await Deno.truncate(join(frames, "a/2.png"), 256 * 1024 ** 2 + 1);
        await assertRejects(
          packed,
          Error,
          "a/2.png: it has 268435457 bytes, at most 268435456 are",
        );
      }),
  );
});

Deno.test("collectSources() refuses, by its place, a picture whose name no archive can hold", async (t) => {
  const cases: [path: string, named: string, reason: string][] = [
    [
      "C:/1.png",
      "C:",
      "no archive holds a name that begins as a drive of Windows does. Rename it.",
    ],
    ["c:2.png", "c:2.png", "no archive holds a name that begins as a drive of Windows does."],
    [
      "a/b\\1.png",
      "a/b\\1.png",
      "its name holds a backslash, which stands between folders elsewhere.",
    ],
  ];
  for (const [path, named, reason] of cases) {
    await t.step(
      path,
      () =>
        fromFrames(["a/1.png", "a/2.png", path], async ({ packed, frames }) => {
          await assertRejects(packed, Error, `Cannot use ${join(frames, named)}: ${reason}`);
        }),
    );
  }
});
