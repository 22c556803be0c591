/** writeWholeFolder(): all of it, or what was there before. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { writeWholeFolder } from "../../stages/common/whole_folder.ts";
import { inFolder, names } from "./_run.ts";

async function fill(folder: string, files: string[]): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of files) await Deno.writeTextFile(join(folder, name), name);
}

Deno.test("writeWholeFolder() replaces all that was there, and nothing when its work fails", () =>
  inFolder(async (folder) => {
    const out = join(folder, "out");
    await writeWholeFolder(out, (partial) => fill(partial, ["one", "two"]));
    assertEquals(await names(out), ["one", "two"]);
    const failing = writeWholeFolder(out, async (partial) => {
      await fill(partial, ["three"]);
      throw new Error("no more pairs");
    });
    await assertRejects(() => failing, Error, "no more pairs");
    assertEquals(await names(out), ["one", "two"]);
    await writeWholeFolder(out, (partial) => fill(partial, ["four"]));
    assertEquals(await names(out), ["four"]);
  }));
