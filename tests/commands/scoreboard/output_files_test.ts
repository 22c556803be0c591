/** A scoreboard takes no place that somebody else's file has. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { outputFiles } from "../../../commands/scoreboard/output_files.ts";
import { formatScoreboard } from "../../../commands/scoreboard/table.ts";
import { inFolder } from "../../stages/_run.ts";

Deno.test("outputFiles() refuses files that are no scoreboard, and a picture without one", () =>
  inFolder(async (folder) => {
    const table = join(folder, "board.md"), picture = join(folder, "picture.png");
    const refused = (message: string, path = table) =>
      assertRejects(() => outputFiles(path), Error, message);
    const foreign = "deno task scoreboard did not make it. Name another place by --out.";
    assertEquals(await outputFiles(table), { table, picture });
    await Deno.writeTextFile(picture, "theirs");
    await refused(`Cannot write ${picture}: ${foreign}`);
    await Deno.writeTextFile(table, "# Notes\n");
    await refused(`Cannot write ${table}: ${foreign}`);
    await Deno.writeTextFile(table, formatScoreboard({ methods: [], rows: [], notes: [] }));
    assertEquals(await outputFiles(table), { table, picture });
    await Deno.remove(picture);
    await Deno.mkdir(picture);
    await refused(`Cannot write ${picture}: it is a folder. Name another file.`);
    const below = join(table, "board.md");
    await refused(`Cannot write ${below}: a part of its path is no folder.`, below);
  }));
