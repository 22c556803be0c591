/** What a command says when the system refuses: the file and the reason, no numbers or calls of the system. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { explain, reasonOf } from "../../commands/failure.ts";
import { inFolder } from "../stages/_run.ts";

Deno.test("explain() names the file that the system could not read or write, and why", () =>
  inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await Deno.writeTextFile(at("file"), "");
    await Deno.mkdir(at("full/x"), { recursive: true });
    await Deno.symlink("loop", at("loop"));
    for (
      const [act, said] of [
        [() => Deno.readTextFile(folder), `Cannot read ${folder}: it is a folder.`],
        [() => Deno.readFile(at("none")), `Cannot read ${at("none")}: there is no such file.`],
        [
          () => Deno.lstat(at("file/x")),
          `Cannot read ${at("file/x")}: a part of its path is no folder.`,
        ],
        [
          () => Deno.stat(at("loop")),
          `Cannot read ${at("loop")}: it is a link that leads in a circle.`,
        ],
        [() => Deno.writeTextFile(folder, ""), `Cannot write ${folder}: it is a folder.`],
        [
          () => Deno.mkdir(at("file"), { recursive: true }),
          `Cannot write ${at("file")}: a part of its path is no folder.`,
        ],
        [() => Deno.copyFile(at("file"), folder), `Cannot write ${folder}: it is a folder.`],
        // Of another kind: as the system says it.
        [() => Deno.remove(at("full")), `Cannot write ${at("full")}: Directory not empty.`],
        [
          async () => await new Deno.Command("no-such-program").output(),
          "Cannot run no-such-program: there is no such program. Install it.",
        ],
      ] as [() => Promise<unknown>, string][]
    ) {
      assertEquals(await act().then(() => "nothing", explain), said);
    }
    const full = new Error(`No space left on device (os error 28): writefile '${at("x")}'`);
    Object.assign(full, { code: "ENOSPC" });
    assertEquals(reasonOf(full), "the disk is full");
    assertEquals(explain(full), `Cannot write ${at("x")}: the disk is full.`);
  }));

Deno.test("explain() says what led to an error, and what deno.json does not permit", () => {
  const cause = new Error("Cannot read it: truncated.");
  const error = new Error("Cannot score pair 1.", { cause });
  assertEquals(
    explain(new Error("Cannot compare.", { cause: error })),
    "Cannot compare.\n  because: Cannot score pair 1.\n  because: Cannot read it: truncated.",
  );
  const denied = new Deno.errors.NotCapable(
    'Requires write access to "/a b", run again with the --allow-write flag',
  );
  assertEquals(explain(denied), "Cannot write /a b: deno.json does not permit it to this command.");
});
