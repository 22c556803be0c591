import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { CATALOGUE, type CatalogueSource } from "../../pipeline/fetch/catalogue.ts";
import { parseManifest } from "../../pipeline/fetch/manifest.ts";
import { openZipFile } from "../../stages/common/archives.ts";
import { collectSources } from "../../stages/download/sources.ts";
import { picture, zip } from "../fetch/_archives.ts";
import { archive, type Setting, setting, SOURCE } from "./_download.ts";
import { inFolder, runStage, write, writeParams } from "./_run.ts";

/** Does something with a name that no text of JavaScript can be: "bär", its ä the byte 0xE4. */
async function latin1(own: string, below: string, script: string): Promise<void> {
  const folder = join(own, below);
  await Deno.mkdir(folder, { recursive: true });
  const text = `name=$(printf 'b\\344r'); ${script}`;
  const { success } = await new Deno.Command("sh", { args: ["-c", text], cwd: folder }).output();
  if (!success) throw new Error("This disk takes no names but UTF-8.");
}

/** Why it fails, with paths from the test's folder on. */
async function refusal(run: () => Promise<unknown>, folder: string): Promise<string> {
  const { message } = await assertRejects(run, Error);
  return message.replaceAll(`${await Deno.realPath(folder)}/`, "").replaceAll(`${folder}/`, "");
}

Deno.test("collectSources() refuses in archives/ what DVC would not see", async (t) => {
  const ADVICE =
    "and DVC does not look into linked folders, so that no change there would be noticed.";
  const cases: [name: string, prepare: (own: string) => Promise<unknown>, message: string][] = [
    [
      "a linked folder of archives",
      (own) => Deno.symlink("../elsewhere", join(own, "sintel")),
      `Cannot use archives/sintel: it is a link to the folder elsewhere, ${ADVICE} Link the archive files ` +
      "instead (ln -s elsewhere/FILE.zip), move or copy the folder, or mount it (mount --bind).",
    ],
    [
      "frames that are a link",
      (own) => Deno.symlink("../elsewhere", join(own, "frames")),
      "Cannot use archives/frames: it is a link to the folder elsewhere,",
    ],
    [
      "a linked clip, though it lies inside",
      async (own) => {
        await Deno.mkdir(join(own, "frames/a"), { recursive: true });
        await Deno.symlink("a", join(own, "frames/b"));
      },
      "Cannot use archives/frames/b: it is a link to the folder archives/frames/a,",
    ],
    [
      "archives/ itself",
      async (own) => {
        await Deno.remove(own, { recursive: true });
        await Deno.symlink("elsewhere", own);
      },
      "Cannot use archives: it is a link to the folder elsewhere,",
    ],
    [
      "a link that leads nowhere",
      (own) => Deno.symlink("gone", join(own, "file.zip")),
      "Cannot read archives/file.zip: it is a link to archives/gone, which does not exist. Remove the link, or " +
      "put back what it leads to.",
    ],
    [
      "a link to itself",
      (own) => Deno.symlink("file.zip", join(own, "file.zip")),
      "Cannot read archives/file.zip: it is a link that leads in a circle. Remove it, or link what is meant.",
    ],
    [
      "a file whose name is in Latin-1",
      (own) => latin1(own, "frames/walk", 'touch "$name.png"'),
      "Cannot read archives/frames/walk/b\uFFFDr.png: the name is not UTF-8, \uFFFD stands for what is not",
    ],
    [
      "a folder whose name is in Latin-1",
      (own) => latin1(own, "frames", 'mkdir "$name" && touch "$name/1.png"'),
      "Cannot read archives/frames/b\uFFFDr: the name is not UTF-8",
    ],
    [
      "a pipe",
      (own) => new Deno.Command("mkfifo", { args: [join(own, "file.zip")] }).output(),
      "Cannot read archives/file.zip: it is neither a file nor a folder. Use a file instead.",
    ],
  ];
  for (const [name, prepare, message] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const { places, hooks } = setting(folder);
        await write(join(folder, "elsewhere/1.png"), picture(1, 1, 1));
        await prepare(places.own);
        const run = () => collectSources([["sintel", CATALOGUE.sintel]], places, hooks);
        assertStringIncludes(await refusal(run, folder), message);
      }));
  }
  await t.step("a link to an archive elsewhere is read", () =>
    inFolder(async (folder) => {
      const { places, hooks } = setting(folder);
      await write(join(folder, "elsewhere/x.zip"), archive);
      await Deno.symlink("../elsewhere/x.zip", join(places.own, "file.zip"));
      const archives = [{ file: "file.zip", url: "http://127.0.0.1:1/file.zip", bytes: 1 }];
      await collectSources([["small", { ...SOURCE, archives }]], places, hooks);
      assertEquals(await Deno.readFile(join(places.out, "file.zip")), archive);
      assertEquals((await Deno.lstat(join(places.out, "file.zip"))).isSymlink, false);
    }));
});

Deno.test("collectSources() packs what lies there unpacked", async (t) => {
  const CASES: [source: string, lies: string[], packed: string[]][] = [
    [
      "sintel",
      ["training/final/a/frame_0001.png", "training/flow/a/frame_0001.flo", "bundler/README.txt"],
      ["training/final/a/frame_0001.png", "training/flow/a/frame_0001.flo"],
    ],
    [
      "sintel",
      ["data/MPI-Sintel-complete/training/clean/a/1.png", "data/test/clean/b/1.png"],
      ["training/clean/a/1.png"],
    ],
    [
      "kitti2015",
      [
        "k/training/image_2/000000_10.png",
        "k/testing/image_2/000000_10.png",
        "k/training/calib/0.txt",
      ],
      ["testing/image_2/000000_10.png", "training/image_2/000000_10.png"],
    ],
    ["kitti2012", ["training/image_0/000000_10.png"], ["training/image_0/000000_10.png"]],
    [
      "kitti2015_multiview",
      ["training/image_2/000000_00.png", "training/image_3/000000_00.png"],
      ["training/image_2/000000_00.png", "training/image_3/000000_00.png"],
    ],
    ["middlebury_eval", ["x/eval-data/Army/frame10.png"], ["eval-data/Army/frame10.png"]],
    [
      "kitti_raw",
      ["kitti_raw/list.txt", "kitti_raw/2011_09_26/a/image_02/data/0.png"],
      ["kitti_raw/2011_09_26/a/image_02/data/0.png", "kitti_raw/list.txt"],
    ],
  ];
  for (const [source, lies, packed] of CASES) {
    await t.step(`${source} with ${lies[0]}`, () =>
      inFolder(async (folder) => {
        const { places, hooks, notices } = setting(folder);
        hooks.fetch = () => Promise.reject(new TypeError("nothing is to be fetched"));
        const content = picture(2, 2, 7);
        for (const path of lies) await write(join(places.own, path), content);
        await collectSources([[source, CATALOGUE[source]]], places, hooks);
        const { file } = CATALOGUE[source].archives[0];
        using open = new DisposableStack();
        const { paths, read } = await openZipFile(join(places.out, file), open);
        assertEquals(paths, packed);
        assertEquals(await read(paths[0]), content);
        assertEquals(
          notices.map((text) => text.replace(/ in archives\S*:/, " in FOLDER:")),
          [`${file} lies unpacked in FOLDER: ${packed.length} files of it are packed again.`],
        );
      }));
  }
  await t.step("files of other kinds are counted", () =>
    inFolder(async (folder) => {
      const { places, hooks, notices } = setting(folder);
      for (const name of ["frame10.png", "frame11.png", "notes.doc", ".cache/1.png"]) {
        await write(join(places.own, "eval-data/Army", name), picture(2, 2, 7));
      }
      await collectSources([["eval", CATALOGUE.middlebury_eval]], places, hooks);
      assertEquals(notices.slice(1), [
        "archives/eval-data: left out files: 1 that are neither pictures, flow nor text.",
        "archives/eval-data: left out hidden files and folders: 1 (eval-data/Army/.cache).",
      ]);
    }));
  await t.step("a link that leads out of it is refused", () =>
    inFolder(async (folder) => {
      const { places, hooks } = setting(folder);
      await write(join(folder, "elsewhere.png"), picture(2, 2, 7));
      await Deno.mkdir(join(places.own, "eval-data/Army"), { recursive: true });
      await Deno.symlink("../../../elsewhere.png", join(places.own, "eval-data/Army/frame10.png"));
      const run = () => collectSources([["eval", CATALOGUE.middlebury_eval]], places, hooks);
      assertStringIncludes(
        await refusal(run, folder),
        "Cannot use archives/eval-data/Army/frame10.png: the link leads out of archives",
      );
    }));
  await t.step("a split file beside the archive is brought, too", () =>
    inFolder(async (folder) => {
      const { places, hooks } = setting(folder);
      const list = new TextEncoder().encode("1\n");
      await write(join(places.own, "FlyingChairs_release/data/00001_img1.ppm"), picture(1, 1, 1));
      await write(join(places.own, "FlyingChairs_train_val.txt"), list);
      await collectSources([["flyingchairs", CATALOGUE.flyingchairs]], places, hooks);
      const manifest = await Deno.readTextFile(join(places.out, "manifest.json"));
      const [{ texts }] = parseManifest(manifest);
      assertEquals(texts?.map(({ file, bytes }) => [file, bytes]), [
        ["FlyingChairs_train_val.txt", 2],
      ]);
      assertEquals(await Deno.readFile(join(places.out, texts![0].file)), list);
    }));
  await t.step(
    "another data set is no obstacle; what is fetched is said",
    () =>
      inFolder(async (folder) => {
        const { places, hooks, notices } = setting(folder);
        hooks.fetch = () => Promise.reject(new TypeError("not now"));
        await write(join(places.own, "training/image_2/000000_10.png"), new Uint8Array(1));
        await assertRejects(
          () => collectSources([["sintel", CATALOGUE.sintel]], places, hooks),
          Error,
          "not now",
        );
        assertEquals(notices, [
          "MPI-Sintel-complete.zip is not in data or archives: fetching about 5.7 GB from " +
          "https://files.is.tue.mpg.de/sintel/MPI-Sintel-complete.zip",
        ]);
      }),
  );
});

Deno.test("collectSources() says what lies there where a name is nearly right", async (t) => {
  const frames = {
    ...SOURCE,
    layout: "frames" as const,
    archives: [{ file: "frames.zip", bytes: 0 }],
  };
  const cases: [lies: string, source: CatalogueSource, message: string][] = [
    [
      "Frames.ZIP",
      frames,
      "Cannot find frames.zip: in archives lies Frames.ZIP. Rename it to frames.zip.",
    ],
    ["FRAMES/1.png", frames, "Cannot find frames: in archives lies FRAMES. Rename it to frames."],
    [
      "frames.zip/1.png",
      frames,
      "Cannot find frames.zip: in archives lies frames.zip. It is a folder, and an archive is wanted: " +
      "rename it to frames if pictures lie in it.",
    ],
    [
      "frames",
      frames,
      "Cannot find frames: in archives lies frames. It is a file, and a folder of pictures is wanted: name " +
      "an archive frames.zip.",
    ],
    [
      "mpi-sintel-complete.zip",
      CATALOGUE.sintel,
      "Cannot find MPI-Sintel-complete.zip: in archives lies mpi-sintel-complete.zip. Rename it to MPI-",
    ],
    [
      "MPI-Sintel-complete.zip/readme.txt",
      CATALOGUE.sintel,
      "lies MPI-Sintel-complete.zip. It is a folder, and an archive is wanted: pack it, or put the archive",
    ],
  ];
  for (const [lies, source, message] of cases) {
    await t.step(lies, () =>
      inFolder(async (folder) => {
        const { places, hooks } = setting(folder);
        hooks.fetch = () => Promise.reject(new TypeError("nothing is to be fetched"));
        await write(join(places.own, lies), new Uint8Array(1));
        const run = () => collectSources([["some", source]], places, hooks);
        assertStringIncludes(await refusal(run, folder), message);
      }));
  }
});

Deno.test("collectSources() sends nobody's own files into data/", async (t) => {
  const archives = [{ file: "frames.zip", bytes: 0 }];
  const collect = ({ places, hooks }: Setting) =>
    collectSources([["frames", { ...SOURCE, layout: "frames", archives }]], places, hooks);
  await t.step("when there are none", () =>
    inFolder(async (folder) => {
      const run = () => collect(setting(folder));
      assertEquals(
        await refusal(run, folder),
        "Cannot find frames.zip for the source frames. Put frames.zip, or your pictures in a folder " +
          "frames, into archives.",
      );
    }));
  await t.step("when they lie there already", () =>
    inFolder(async (folder) => {
      const context = setting(folder);
      await write(join(folder, "data/frames.zip"), await zip({ "1.png": picture(1, 1, 1) }));
      await collect(context);
      assertEquals(context.notices, [
        "data/frames.zip lies in data, which DVC manages: dvc checkout deletes it. Move it into archives.",
      ]);
    }));
});

Deno.test("stage download in a queue says how to queue with own archives, and fetches nothing", async (t) => {
  const cases: [source: string, message: string][] = [
    [
      "sintel",
      "-C archives/MPI-Sintel-complete.zip. If it is not there, fetch it once: run the stage download in ",
    ],
    ["frames", "-C archives/frames.zip (or -C archives/frames)."],
  ];
  for (const [source, message] of cases) {
    await t.step(source, () =>
      inFolder(async (folder) => {
        const root = await Deno.realPath(folder);
        const queue = join(root, ".dvc/tmp/exps/tmpabc");
        await Deno.mkdir(queue, { recursive: true });
        await writeParams(queue, [[/ {4}- middlebury_sample\n.*\n.*\n/, `    - ${source}\n`]]);
        const { code, stderr } = await runStage("download", queue);
        assertEquals(code, 1);
        assertStringIncludes(
          stderr,
          `a queued experiment runs in a copy of ${root}, without the files of its archives. Queue it ` +
            `with each of them: ./run dvc exp run --queue ${message}`,
        );
      }));
  }
});

Deno.test("collectSources() says of a damaged own archive which it is, and not to delete it", () =>
  inFolder(async (folder) => {
    const { places, hooks } = setting(folder);
    const encode = (text: string) => new TextEncoder().encode(text);
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n";
    const frames: [string, CatalogueSource] = [
      "frames",
      { ...SOURCE, layout: "frames", archives: [{ file: "frames.zip", bytes: 0 }] },
    ];
    const official: [string, CatalogueSource] = [
      "small",
      {
        ...SOURCE,
        archives: [{ file: "small.zip", bytes: 0, url: "https://example.org/small.zip" }],
      },
    ];
    for (const content of ["", "<html>gone</html>", pointer]) {
      await write(join(places.own, "frames.zip"), encode(content));
      const own = await refusal(() => collectSources([frames], places, hooks), folder);
      assertStringIncludes(own, "Cannot open archives/frames.zip: it is not a whole zip archive (");
      assertStringIncludes(own, "Get it anew from where it came, and put it there.");
      await write(join(places.own, "small.zip"), encode(content));
      const known = await refusal(() => collectSources([official], places, hooks), folder);
      assertStringIncludes(
        known,
        "Cannot open archives/small.zip: it is not a whole zip archive (",
      );
      assertStringIncludes(known, "Get it anew from where it came, https://example.org/small, and");
      await Deno.remove(join(places.own, "small.zip"));
      await write(join(places.cache, "small.zip"), encode(content));
      const fetched = await refusal(() => collectSources([official], places, hooks), folder);
      assertStringIncludes(fetched, "Delete cache/small.zip and run the download stage again.");
    }
  }));
