import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { CATALOGUE } from "../../pipeline/fetch/catalogue.ts";
import { formatManifest } from "../../pipeline/fetch/manifest.ts";
import { parseMadeByKey } from "../../pipeline/common/io/made_by.ts";
import { unpackSplit } from "../../pipeline/common/io/pack.ts";
import { type Files, flo, middleburyFiles, picture, zip } from "../fetch/_archives.ts";
import { inFolder, names, runStage, write, writeParams } from "./_run.ts";

/** Lays out what the download stage would leave for the source middlebury in one archive. */
async function prepare(folder: string, archive: Uint8Array): Promise<void> {
  await writeParams(folder, [
    ["scenes_test: 48", "scenes_test: 1"],
    ["scene_size: 128", "scene_size: 64"],
  ]);
  await write(join(folder, "results/download/a.zip"), archive);
  const archives = [{ file: "a.zip", bytes: archive.length, sha256: "" }];
  const manifest = formatManifest([["middlebury", CATALOGUE.middlebury, archives]]);
  await write(
    join(folder, "results/download/manifest.json"),
    new TextEncoder().encode(manifest),
  );
}

const without = (path: string): Files => {
  const files = middleburyFiles();
  delete files[path];
  return files;
};

Deno.test("stage preprocess runs with the permissions of dvc.yaml", () =>
  inFolder(async (folder) => {
    const out = join(folder, "results/preprocess");
    await prepare(folder, await zip(middleburyFiles()));
    assertEquals((await runStage("preprocess", folder)).code, 0);
    assertEquals(await names(out), [
      "middlebury",
      "real_train",
      "real_validation",
      "scenes_test",
      "splits.json",
    ]);
    assertEquals(await names(join(out, "scenes_test")), ["00000.safetensors", "index.json"]);
    const pairs = await unpackSplit((name) => Deno.readFile(join(out, "middlebury", name)), out);
    assertEquals(pairs.map(({ name, flow }) => [name, flow![0]]), [["Venus", 2], ["Walking", 0.5]]);

    const list = join(out, "splits.json");
    const { preprocess } = parseMadeByKey(await Deno.readTextFile(list), list)!;
    assertEquals([preprocess.scene_size, preprocess.seed], [64, 1]);

    // A split that an earlier run left is gone after the next one.
    await write(join(out, "kitti2015/index.json"), new Uint8Array(2));
    assertEquals((await runStage("preprocess", folder)).code, 0);
    assertEquals((await names(out)).includes("kitti2015"), false);
  }));

const BAD_ARCHIVES: Record<string, [Files | Uint8Array, string]> = {
  "a truncated PNG": [
    { ...middleburyFiles(), "other-data/Venus/frame11.png": picture(5, 4, 1).slice(0, 45) },
    "Cannot read other-data/Venus/frame11.png in a.zip: the PNG is truncated",
  ],
  "a .flo with a wrong start": [
    { ...middleburyFiles(), "other-gt-flow/Venus/flow10.flo": new Uint8Array(172) },
    "Cannot read other-gt-flow/Venus/flow10.flo in a.zip: a .flo file starts with the number 202021.25",
  ],
  "a .flo of an absurd size": [
    {
      ...middleburyFiles(),
      "other-gt-flow/Venus/flow10.flo": flo(5, 4, 0, 0).fill(0x7f, 4, 8),
    },
    "Cannot read other-gt-flow/Venus/flow10.flo in a.zip: its size is 2139062143 x 4",
  ],
  "a missing partner frame": [
    without("other-data/Venus/frame11.png"),
    "Cannot use other-data/Venus/frame10.png in a.zip: its partner other-data/Venus/frame11.png is missing",
  ],
  "a path that escapes the folder": [
    { ...middleburyFiles(), "../../outside.png": picture(1, 1, 1) },
    'Cannot use a.zip: the path "../../outside.png" in it leads out of the archive\'s folder',
  ],
  "a path with control characters": [
    { ...middleburyFiles(), "other-data/Ve\nnus/frame10.png": picture(1, 1, 1) },
    'Cannot use a.zip: the path "other-data/Ve\\nnus/frame10.png" in it holds control characters',
  ],
  "half an archive": [
    (await zip(middleburyFiles())).slice(0, 500),
    "Cannot open a.zip: it is not a whole zip archive",
  ],
};

Deno.test("stage preprocess names the bad file and leaves nothing behind", async (t) => {
  for (const [name, [content, message]] of Object.entries(BAD_ARCHIVES)) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        await prepare(folder, content instanceof Uint8Array ? content : await zip(content));
        const { code, stderr } = await runStage("preprocess", folder);
        assertEquals(code, 1);
        assertStringIncludes(stderr, message);
        assertEquals(await names(join(folder, "results/preprocess")), []);
      }));
  }
});

Deno.test("stage preprocess counts what of the user's pictures it leaves out", () =>
  inFolder(async (folder) => {
    const files = ["a/1403636579763555584.PNG", "a/1403636579763555585.png", "a/9.png", "a/7.webp"];
    const archive = await zip(Object.fromEntries(files.map((path) => [path, picture(64, 64, 5)])));
    await prepare(folder, archive);
    const archives = [{ file: "a.zip", bytes: archive.length, sha256: "" }];
    const manifest = formatManifest([["frames", CATALOGUE.frames, archives]]);
    await Deno.writeTextFile(join(folder, "results/download/manifest.json"), manifest);
    const { code, stderr } = await runStage("preprocess", folder);
    assertEquals(code, 0, stderr);
    assertStringIncludes(
      stderr,
      "preprocess: a.zip: left out pictures: 1 .webp (a/7.webp). Only PNG",
    );
    assertStringIncludes(stderr, "left out pictures: 1 without a neighbour in number (a/9.png)");
    const out = join(folder, "results/preprocess/real_train");
    const pairs = await unpackSplit((name) => Deno.readFile(join(out, name)), out);
    assertEquals(pairs.map(({ name }) => name), ["frames/a/1403636579763555584"]);
  }));

Deno.test("stage preprocess names the manifest that is missing or wrong", () =>
  inFolder(async (folder) => {
    await prepare(folder, await zip(middleburyFiles()));
    const path = join(folder, "results/download/manifest.json");
    await Deno.writeTextFile(path, '{"sources": [{"name": "middlebury"}]}');
    const wrong = await runStage("preprocess", folder);
    assertEquals(wrong.code, 1);
    assertStringIncludes(
      wrong.stderr,
      "Cannot read results/download/manifest.json: sources[0].title must be text, got nothing.",
    );
    await Deno.remove(path);
    const { code, stderr } = await runStage("preprocess", folder);
    assertEquals(code, 1);
    assertStringIncludes(
      stderr,
      "Cannot read results/download/manifest.json: there is no such file. Run the download stage first",
    );
  }));
