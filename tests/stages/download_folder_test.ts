import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { CATALOGUE } from "../../pipeline/fetch/catalogue.ts";
import { openZipFile } from "../../stages/common/archives.ts";
import { collectSources } from "../../stages/download/sources.ts";
import { picture, zip } from "../fetch/_archives.ts";
import { archive, type Setting, setting, SOURCE } from "./_download.ts";
import { inFolder, names, runStage, write, writeParams } from "./_run.ts";

/** Packs `mine/frames`, filled with small pictures, and gives the paths in frames.zip. */
function fromFrames(
  files: readonly string[],
  check: (
    context: Setting & { frames: string; packed: () => Promise<readonly string[]> },
  ) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const context = setting(folder);
    const { places, hooks } = context;
    const frames = join(places.folder, "frames");
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
        ["a/1.PNG", "a/2.png", "a/3.Ppm", "a/4.jpg", "a/5.JPG", "b/film.MOV", ".thumbnails/1.png"],
        async ({ packed, frames, notices }) => {
          await write(join(frames, ".DS_Store"), new Uint8Array(3));
          await write(join(frames, "__MACOSX/a/._1.png"), new Uint8Array(3));
          await write(join(frames, "notes.txt"), new Uint8Array(3));
          assertEquals(await packed(), ["a/1.PNG", "a/2.png", "a/3.Ppm"]);
          assertEquals(notices, [
            "mine/frames: left out pictures: 2 .jpg (a/4.jpg, a/5.JPG), 1 .mov (b/film.MOV). Only PNG " +
            "and PPM are read: convert pictures with: magick mogrify -format png *.EXTENSION; films " +
            "with: ffmpeg -i FILM %06d.png.",
            "mine/frames: left out hidden files and folders: 1 (.thumbnails).",
          ]);
        },
      ),
  );
  await t.step(
    "only formats that are not read",
    () =>
      fromFrames(["a/1.jpg", "a/2.jpg"], async ({ packed }) => {
        await assertRejects(
          packed,
          Error,
          "mine/frames: it holds no PNG or PPM picture, only 2 .jpg (a/1.jpg, a/2.jpg). Only PNG and PPM",
        );
      }),
  );
  await t.step("nothing at all", () =>
    fromFrames([], async ({ packed, frames }) => {
      await Deno.mkdir(frames);
      await assertRejects(packed, Error, "mine/frames: it holds no PNG or PPM picture.");
    }));
  await t.step(
    "an archive beside the folder is used, which is said",
    () =>
      fromFrames(["a/1.png", "a/2.png"], async ({ packed, places, notices }) => {
        await write(
          join(places.folder, "frames.zip"),
          await zip({ "old/1.png": picture(1, 1, 1) }),
        );
        assertEquals(await packed(), ["old/1.png"]);
        assertEquals(notices, [
          "mine/frames.zip is used, and not the folder mine/frames: keep one of them.",
        ]);
      }),
  );
});

Deno.test("collectSources() follows links inside the folder of pictures and no others", async (t) => {
  const order = async (paths: Promise<readonly string[]>) => [...await paths].sort();
  await t.step(
    "a linked clip and a linked picture",
    () =>
      fromFrames(["a/1.png", "a/2.png"], async ({ packed, frames }) => {
        await Deno.symlink("a", join(frames, "b"));
        await Deno.mkdir(join(frames, "c"));
        await Deno.symlink(join(frames, "a/2.png"), join(frames, "c/7.png"));
        assertEquals(await order(packed()), [
          "a/1.png",
          "a/2.png",
          "b/1.png",
          "b/2.png",
          "c/7.png",
        ]);
      }),
  );
  await t.step(
    "the folder itself may be a link, and what lies in it is inside",
    () =>
      fromFrames([], async ({ packed, places, frames }) => {
        const clips = join(places.folder, "../elsewhere");
        await write(join(clips, "a/1.png"), picture(1, 1, 1));
        await Deno.symlink(join(clips, "a"), join(clips, "b"));
        await Deno.symlink(clips, frames);
        assertEquals(await order(packed()), ["a/1.png", "b/1.png"]);
      }),
  );
  const outside: [name: string, target: string][] = [
    ["clip", "../../secret"],
    ["3.png", "../../secret/1.png"],
    ["root", "/"],
    // Begins as the folder does, and is another one.
    ["clip", "../frames_of_others"],
  ];
  for (const [name, target] of outside) {
    await t.step(
      `a link to ${target} is refused by name`,
      () =>
        fromFrames(["a/1.png", "a/2.png"], async ({ packed, places, frames }) => {
          await write(join(places.folder, "../secret/1.png"), picture(1, 1, 1));
          await write(join(places.folder, "frames_of_others/1.png"), picture(1, 1, 1));
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
    "a link that leads nowhere, and links in circles",
    () =>
      fromFrames(["a/b/1.png", "a/b/2.png"], async ({ packed, frames }) => {
        await Deno.symlink("gone", join(frames, "x"));
        await assertRejects(packed, Error, "frames/x: the link leads nowhere");
        await Deno.remove(join(frames, "x"));
        for (const target of ["..", "../..", "."]) {
          await Deno.symlink(target, join(frames, "a/b/c"));
          await assertRejects(
            packed,
            Error,
            "frames/a/b/c: the link leads back to a folder that it",
          );
          await Deno.remove(join(frames, "a/b/c"));
        }
      }),
  );
  await t.step(
    "names with control characters, and what is not a file",
    () =>
      fromFrames(["a/1.png", "a/2.png", "a/\n3.png"], async ({ packed, frames }) => {
        await assertRejects(packed, Error, '"a/\\n3.png": the name holds control characters');
        await Deno.remove(join(frames, "a/\n3.png"));
        await new Deno.Command("mkfifo", { args: [join(frames, "a/3.png")] }).output();
        await assertRejects(packed, Error, "frames/a/3.png: it is not a file.");
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

Deno.test("collectSources() notices a data set that is unpacked", async (t) => {
  const CASES: [source: string, lies: string, folder: string, message: string][] = [
    ["sintel", "training/final/a/frame_0001.png", "mine", "mine/training/final is part of MPI-"],
    [
      "sintel",
      "data/MPI-Sintel-complete/training/clean/a/1.png",
      "mine",
      "(cd 'mine/data/MPI-Sintel-complete' && zip -r -0 MPI-Sintel-complete.zip training)",
    ],
    ["sintel", "training/final/a/frame_0001.png", "mine/training", "set download.folder to mine."],
    ["sintel", "training/final/a/1.png", "mine/training/final", "mine/training/final is part of"],
    ["kitti2015", "k/training/image_2/000000_10.png", "mine", "part of data_scene_flow.zip"],
    ["kitti2012", "training/image_0/000000_10.png", "mine", "part of data_stereo_flow.zip"],
    ["middlebury", "other-data/Venus/frame10.png", "mine", "part of other-color-twoframes.zip"],
    ["middlebury", "x/other-gt-flow/Venus/flow10.flo", "mine", "part of other-gt-flow.zip"],
    [
      "flyingchairs",
      "FlyingChairs_release/data/00001_img1.ppm",
      "mine/FlyingChairs_release",
      "zip -r -0 FlyingChairs.zip FlyingChairs_release)",
    ],
  ];
  for (const [source, lies, at, message] of CASES) {
    await t.step(`${source}: ${at} with ${lies}`, () =>
      inFolder(async (folder) => {
        const { places, hooks, notices } = setting(folder);
        const asked: string[] = [];
        hooks.fetch = (url) => (asked.push(url), Promise.reject(new TypeError("not now")));
        await write(join(places.folder, lies), new Uint8Array(1));
        const run = (at: string) =>
          collectSources([[source, CATALOGUE[source]]], { ...places, folder: at }, hooks);
        const error = await assertRejects(() => run(join(folder, at)), Error);
        assertStringIncludes(error.message.replaceAll(`${folder}/`, ""), message);
        assertEquals([asked, notices.filter((text) => text.includes("part of"))], [[], []]);
      }));
  }
  await t.step(
    "another data set is no obstacle; what is fetched is said",
    () =>
      inFolder(async (folder) => {
        const { places, hooks, notices } = setting(folder);
        hooks.fetch = () => Promise.reject(new TypeError("not now"));
        await write(join(places.folder, "training/image_2/000000_10.png"), new Uint8Array(1));
        await assertRejects(
          () => collectSources([["sintel", CATALOGUE.sintel]], places, hooks),
          Error,
          "not now",
        );
        assertEquals(notices, [
          "MPI-Sintel-complete.zip is not in data or mine: fetching about 5.7 GB from " +
          "https://files.is.tue.mpg.de/sintel/MPI-Sintel-complete.zip",
        ]);
      }),
  );
});

Deno.test("collectSources() sends nobody's own files into data/", async (t) => {
  const archives = [{ file: "frames.zip", bytes: 0 }];
  const collect = ({ places, hooks }: Setting) =>
    collectSources(
      [["frames", { ...SOURCE, layout: "frames", archives }]],
      { ...places, folder: places.data },
      hooks,
    );
  await t.step("when there are none", () =>
    inFolder(async (folder) => {
      const error = await assertRejects(() => collect(setting(folder)), Error);
      assertEquals(
        error.message.replaceAll(`${folder}/`, ""),
        "Cannot find frames.zip for the source frames: download.folder is data. Put frames.zip, or " +
          "your pictures in a folder frames, into a folder of your own and name that in " +
          "download.folder, not data: what DVC did not put there it deletes.",
      );
    }));
  await t.step("when they lie there already", () =>
    inFolder(async (folder) => {
      const context = setting(folder);
      await write(join(folder, "data/frames.zip"), await zip({ "1.png": picture(1, 1, 1) }));
      await collect(context);
      assertEquals(context.notices, [
        "data/frames.zip lies in data, which DVC manages: dvc checkout deletes it. Move it into a " +
        "folder of your own and name that in download.folder.",
      ]);
    }));
});

Deno.test("collectSources() refuses a download.folder that is no folder", async (t) => {
  const run = (folder: string, own: string) => {
    const { places, hooks } = setting(folder);
    return collectSources([["sintel", CATALOGUE.sintel]], { ...places, folder: own }, hooks);
  };
  await t.step("gone, or a file", () =>
    inFolder(async (folder) => {
      await assertRejects(
        () => run(folder, join(folder, "gone")),
        Error,
        `Cannot use download.folder ${folder}/gone: there is no such folder. Name an existing folder`,
      );
      await write(join(folder, "a.zip"), archive);
      await assertRejects(
        () => run(folder, join(folder, "a.zip")),
        Error,
        "a.zip: is a file, not a folder. Name the folder that it lies in.",
      );
    }));
  await t.step("relative, in a queue: the whole path is the way", () =>
    inFolder(async (folder) => {
      const root = await Deno.realPath(folder);
      const queue = join(root, ".dvc/tmp/exps/tmpabc");
      await Deno.mkdir(join(root, "archives"));
      await Deno.mkdir(queue, { recursive: true });
      await writeParams(queue, [["folder: data", "folder: archives"]]);
      const { code, stderr } = await runStage("download", queue, { downloadFolder: "archives" });
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        `Cannot use download.folder archives: there is no such folder, looked for in ${queue}. A ` +
          "queued experiment runs in a folder of its own: queue it with the whole path, -S " +
          `download.folder=${root}/archives`,
      );
    }));
});
