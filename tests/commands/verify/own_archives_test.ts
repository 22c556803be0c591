/** `deno task verify` of a run that had archives of its own: it is run again where they are, and nowhere else. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Project } from "../lineage/_project.ts";
import { verifyCommit } from "../_tasks.ts";
import { assertNamed, withToy } from "./_toy.ts";

const LACKS = "own archives, not in the repository: 2 files, 13 B";

Deno.test("verify runs again what had own archives, where they are", (t) =>
  withToy(async (fresh) => {
    const toy = await fresh();
    const elsewhere = `${toy.folder}_own.tsv`;
    Deno.writeTextFileSync(elsewhere, "49\n");
    Deno.symlinkSync(elsewhere, toy.path("archives/own.tsv"));
    toy.write("archives/frames/a/1.txt", "a picture\n");
    await toy.publish("Own archives");
    await t.step("here", async () => {
      const result = await verifyCommit(toy, "--full");
      assertNamed(result, {});
      assertStringIncludes(result.stdout, "8 of 8 hold.");
    });
    await t.step("another clone has none of them: nothing is wrong, and not verified", async () => {
      const clone = new Project(join(toy.folder, ".cache/clone"));
      await toy.must("git", "clone", "--quiet", toy.folder, clone.folder);
      await clone.must("dvc", "pull", "--quiet", "--allow-missing");
      const steps = ["lock", "contract", "remake", "twice", "full"].flatMap((
        name,
      ) => ["--only", name]);
      const result = await verifyCommit(clone, ...steps);
      assertEquals(result.code, 3, result.stdout);
      for (const step of ["lock", "twice", "full"]) {
        assertMatch(
          result.stdout,
          new RegExp(
            `^\\d/5 ${step} +NOT VERIFIED .*\\n +${LACKS}\\n +The stages that read them cannot be run again here unless they are put into archives/`,
            "m",
          ),
        );
      }
      assertStringIncludes(result.stdout, "2 of 5 hold, 3 not verified.");
      assertEquals([...Deno.readDirSync(clone.path(".cache/verify"))], []);
    });
    await t.step("changed ones are named", async () => {
      Deno.writeTextFileSync(elsewhere, "50\n");
      assertNamed(await verifyCommit(toy, "--only", "lock"), {
        lock: [
          "dvc repro would run: preprocess",
          /^archives is not what stage preprocess read: recorded is md5 \w+\.dir, here it has \w+\.dir$/m,
        ],
      });
    });
  }));
