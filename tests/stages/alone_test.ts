/** Tests that change the working folder, one after another in a process of their own: `*_alone.ts`. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { ROOT } from "./_run.ts";

const FOLDER = join(ROOT, "tests/stages");

Deno.test("what reads from the working folder does it right: *_alone.ts", async (t) => {
  const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name)
    .filter((name) => name.endsWith("_alone.ts")).sort();
  assertEquals(files, ["checkpoint_folder_alone.ts", "training_inputs_alone.ts"]);
  const [program, ...args] = denoConfig.tasks.test.command.split(" ");
  for (const file of files) {
    await t.step(file, async () => {
      const { code, stdout, stderr } = await new Deno.Command(program, {
        args: [...args, join(FOLDER, file)],
        cwd: ROOT,
        env: { NO_COLOR: "1" },
      }).output();
      const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assertEquals(code, 0, said);
      assertMatch(said, /^ok \| [1-9]\d* passed .*\| 0 failed/m);
    });
  }
});
