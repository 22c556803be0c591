/** Folders of pictures that lie anywhere, as `deno task flow` and `deno task own` read them. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { findPictures } from "../../stages/download/own_folder.ts";
import { picture } from "../fetch/_archives.ts";
import { inFolder, write } from "./_run.ts";

Deno.test("findPictures() follows links to files and refuses others by name", async (t) => {
  const link = (target: string, path: string) => (root: string) =>
    Deno.symlink(target, join(root, path));
  const elsewhere =
    "and linked folders are not looked into. Move or copy the folder there, or mount it";
  const gone = "which does not exist. Remove the link, or put back what it leads to.";
  const circle = "it is a link that leads in a circle. Remove it, or link what is meant.";
  const cases: [name: string, prepare: (root: string) => Promise<unknown>, message: string][] = [
    [
      "a clip elsewhere",
      link("../outside", "frames/b"),
      `Cannot use ROOT/frames/b: it is a link to the folder ROOT/outside, ${elsewhere}`,
    ],
    [
      "a clip beside it",
      link("a", "frames/b"),
      `Cannot use ROOT/frames/b: it is a link to the folder ROOT/frames/a, ${elsewhere}`,
    ],
    [
      "the folder in itself",
      link("..", "frames/a/again"),
      `Cannot use ROOT/frames/a/again: it is a link to the folder ROOT/frames, ${elsewhere}`,
    ],
    [
      "a picture elsewhere",
      link("../outside/1.png", "frames/3.png"),
      "Cannot use ROOT/frames/3.png: the link leads out of ROOT/frames, to ROOT/outside/1.png.",
    ],
    [
      "nothing",
      link("gone/3.png", "frames/a/3.png"),
      `Cannot read ROOT/frames/a/3.png: it is a link to ROOT/frames/a/gone/3.png, ${gone}`,
    ],
    [
      "a link to nothing",
      async (root) => {
        await Deno.symlink("/gone.png", join(root, "outside/3.png"));
        await Deno.symlink("../outside/3.png", join(root, "frames/3.png"));
      },
      `Cannot read ROOT/frames/3.png: it is a link to /gone.png, ${gone}`,
    ],
    [
      "something in a file",
      link("1.png/x", "frames/a/3.png"),
      `Cannot read ROOT/frames/a/3.png: it is a link to ROOT/frames/a/1.png/x, ${gone}`,
    ],
    ["itself", link("3.png", "frames/3.png"), `Cannot read ROOT/frames/3.png: ${circle}`],
    [
      "a link back to it",
      async (root) => {
        await Deno.symlink("../outside/3.png", join(root, "frames/3.png"));
        await Deno.symlink("../frames/3.png", join(root, "outside/3.png"));
      },
      `Cannot read ROOT/frames/3.png: ${circle}`,
    ],
  ];
  for (const [name, prepare, message] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const root = await Deno.realPath(folder);
        const frames = join(root, "frames");
        for (const path of ["frames/a/1.png", "frames/a/2.png", "outside/1.png"]) {
          await write(join(root, path), picture(3, 2, 1));
        }
        await prepare(root);
        const error = await assertRejects(() => findPictures(frames), Error);
        assertEquals(error.message.replaceAll(root, "ROOT").slice(0, message.length), message);
      }));
  }
});

Deno.test("findPictures() reads a folder that is a link itself, and hidden links are only counted", () =>
  inFolder(async (folder) => {
    for (const path of ["a/1.png", "a/2.png"]) await write(join(folder, path), picture(3, 2, 1));
    await Deno.symlink("gone", join(folder, "a/.lock"));
    await Deno.symlink("1.png", join(folder, "a/3.png"));
    await Deno.symlink("a", join(folder, "link"));
    const found = await findPictures(join(folder, "link"));
    assertEquals(found?.paths, ["1.png", "2.png", "3.png"]);
    assertEquals(found?.leftOut, [
      `${folder}/link: left out hidden files and folders: 1 (.lock).`,
    ]);
    assertEquals(await findPictures(join(folder, "a/1.png")), undefined);
    assertEquals(await findPictures(join(folder, "a/1.png/x")), undefined);
    await Deno.symlink("gone", join(folder, "lost"));
    await assertRejects(
      () => findPictures(join(folder, "lost")),
      Error,
      `Cannot read ${folder}/lost: it is a link to ${folder}/gone, which does not exist.`,
    );
  }));

Deno.test("findPictures() refuses pipes, and names that are not UTF-8", () =>
  inFolder(async (folder) => {
    for (const path of ["a/1.png", "b/1.png"]) await write(join(folder, path), picture(3, 2, 1));
    const script = `mkfifo a/2.png && touch "$(printf 'b/b\\344r.txt')"`;
    await new Deno.Command("sh", { args: ["-c", script], cwd: folder }).output();
    await assertRejects(
      () => findPictures(join(folder, "a")),
      Error,
      `Cannot read ${folder}/a/2.png: it is neither a file nor a folder. Use a file instead.`,
    );
    await assertRejects(
      () => findPictures(join(folder, "b")),
      Error,
      `Cannot read ${folder}/b/b\uFFFDr.txt: the name is not UTF-8, \uFFFD stands for what is not, so that the file ` +
        `cannot be opened. Rename it, for example with: convmv -f latin1 -t utf8 -r --notest ${folder}/b`,
    );
  }));
