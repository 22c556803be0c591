import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { inFolder, names, ROOT, runStage, write, writeParams } from "./_run.ts";

Deno.test("stage check refuses the parameters of either file before anything is written", async (t) => {
  await inFolder(async (folder) => {
    const sweep = await Deno.readTextFile(join(ROOT, "sweep/params.yaml"));
    const writeSweep = (text: string) =>
      write(join(folder, "sweep/params.yaml"), new TextEncoder().encode(text));
    const results = join(folder, "results/check");
    await write(
      join(folder, "models/params.yaml"),
      await Deno.readFile(join(ROOT, "models/params.yaml")),
    );
    await t.step("a cell whose name a shell would run", async () => {
      await writeParams(folder, []);
      await writeSweep(sweep.replace("    - 7\n", "    - $(touch x)\n"));
      const { code, stderr } = await runStage("check", folder);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "Stage check failed: Cannot use sweep/params.yaml: ");
      assertStringIncludes(stderr, "direct_cells.unroll_iterations");
      assertEquals(await names(results), []);
    });
    await t.step("an experiment of the sweep that does not fit together", async () => {
      await writeSweep(sweep.replaceAll("crop: 64", "crop: 192"));
      const { code, stderr } = await runStage("check", folder);
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        "train.crop must be at most scenes.scene_size = 128, got 192.",
      );
      await writeSweep(sweep.replace("  learning_rate: 0.002\n", ""));
      const missing = await runStage("check", folder);
      assertStringIncludes(missing.stderr, "pretrain.learning_rate is missing: it");
      assertEquals(await names(results), []);
    });
    await t.step("a sweep that has lost its experiment", async () => {
      const cells = await Deno.readTextFile(join(ROOT, "models/sweep/params.yaml"));
      await writeSweep(cells);
      const { code, stderr } = await runStage("check", folder);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "it has no sections scenes, pretrain, train, which this stage");
      assertEquals(await names(results), []);
    });
    await t.step("crops that are larger than the scenes", async () => {
      await writeSweep(sweep);
      await writeParams(folder, [[/(?<=\ntrain:[^]*)crop: 128/, "crop: 192"]]);
      const { code, stderr } = await runStage("check", folder);
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        "Stage check failed: Cannot use params.yaml:\n  train.crop must be at most quick_scenes.scene_size of " +
          "models/params.yaml = 128, got 192.",
      );
      assertEquals(await names(results), []);
    });
    await t.step("a term that there is none of", async () => {
      await writeParams(folder, [[/smoothness: unrolled/g, "smoothness: hubr"]]);
      await writeSweep(sweep);
      const { code, stderr } = await runStage("check", folder);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "Stage check failed: Cannot use params.yaml: ");
      assertEquals(await names(results), []);
    });
    await t.step("and accepts the committed ones", async () => {
      await writeParams(folder, []);
      assertEquals(await runStage("check", folder), { code: 0, stderr: "" });
      assertEquals(await names(results), ["checked.txt"]);
    });
  });
});
