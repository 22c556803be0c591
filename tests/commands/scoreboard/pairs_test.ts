import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { folderPairs, readPairs } from "../../../commands/scoreboard/pairs.ts";
import { middleburyFiles } from "../../fetch/_archives.ts";
import { inFolder, write } from "../../stages/_run.ts";

Deno.test("folderPairs() reads data sets by the names of their folders, and says what it leaves out", () =>
  inFolder(async (folder) => {
    for (const [path, bytes] of Object.entries(middleburyFiles())) {
      await write(join(folder, "middlebury", path), bytes);
    }
    await write(join(folder, "holiday/1.png"), new Uint8Array(1));
    await write(join(folder, "README.md"), new Uint8Array(1));
    const said: string[] = [];
    const pairs = await folderPairs(folder, (sentence) => said.push(sentence));
    assertEquals(pairs.map(({ dataset, name }) => [dataset, name]), [
      ["middlebury", "Venus"],
      ["middlebury", "Walking"],
    ]);
    assertEquals(said, [`Left out ${folder}/holiday: no data set with truth is called so.`]);
    const { flow, frame1, width, height } = await pairs[0].read();
    assertEquals([flow![0], frame1.length], [2, 3 * width * height]);
  }));

Deno.test("readPairs() leaves out a pair that cannot be read, by name, and goes on", () =>
  inFolder(async (folder) => {
    for (const [path, bytes] of Object.entries(middleburyFiles())) {
      const cut = path.includes("Venus/flow10") ? bytes.subarray(0, bytes.length - 8) : bytes;
      await write(join(folder, "middlebury", path), cut);
    }
    const said: string[] = [];
    const pairs = await folderPairs(folder, (sentence) => said.push(sentence));
    const read = await Array.fromAsync(readPairs(pairs, (sentence) => said.push(sentence)));
    assertEquals(read.map(({ scored, pair }) => [scored.name, pair.name]), [
      ["Walking", "Walking"],
    ]);
    assertEquals(said.length, 1);
    assertMatch(
      said[0],
      /^Left out Venus of middlebury: Cannot read other-gt-flow\/Venus\/flow10\.flo in .*truncated/,
    );
  }));

Deno.test("folderPairs() says what a folder without pairs should hold", () =>
  inFolder(async (folder) => {
    const silent = () => {};
    await assertRejects(
      () => folderPairs(join(folder, "none"), silent),
      Error,
      `Cannot read ${folder}/none: there is no such folder.`,
    );
    await assertRejects(
      () => folderPairs(folder, silent),
      Error,
      `Cannot score ${folder}: it holds no pair with truth. Each data set must lie in a folder of its name: middlebury, sintel,`,
    );
  }));

Deno.test("folderPairs() follows links, and names those that lead nowhere or back", () =>
  inFolder(async (folder) => {
    const root = await Deno.realPath(folder);
    for (const [path, bytes] of Object.entries(middleburyFiles())) {
      await write(join(root, "disk", path), bytes);
    }
    await Deno.mkdir(join(root, "sets"));
    const sets = join(root, "sets"), silent = () => {};
    await Deno.symlink("../disk", join(sets, "middlebury"));
    const pairs = await folderPairs(sets, silent);
    assertEquals(pairs.map(({ name }) => name), ["Venus", "Walking"]);
    await Deno.symlink("..", join(root, "disk/other-data/again"));
    await assertRejects(
      () => folderPairs(sets, silent),
      Error,
      `Cannot read ${sets}/middlebury/other-data/again: it is a link to ${root}/disk, in which it lies itself. Remove it.`,
    );
    await Deno.remove(join(root, "disk/other-data/again"));
    await Deno.symlink("../gone", join(sets, "sintel"));
    await assertRejects(
      () => folderPairs(sets, silent),
      Error,
      `Cannot read ${sets}/sintel: it is a link to ${root}/gone, which does not exist.`,
    );
  }));
