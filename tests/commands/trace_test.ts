/** The command `deno task trace`: exit status, output and permissions, called as deno.json calls it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Lineage } from "../../commands/lineage/lineage.ts";
import { Project, withProject } from "./lineage/_project.ts";
import { makeCrate, traceFrom, traceNumber as trace } from "./_tasks.ts";

const METRICS = "results/evaluate/metrics.json";

Deno.test("deno task trace", (t) =>
  withProject(async (fresh) => {
    const project = await fresh();
    await t.step("prints the tree and exits 0 when the chain is intact", async () => {
      const { code, stdout, stderr } = await trace(project, METRICS, "scenes.epe_px");
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^intact: /);
      assertMatch(stdout, /\nresults\/evaluate\/metrics\.json {2}scenes\.epe_px = 0\.\d+\n/);
      assertStringIncludes(stdout, "kernels/compute/warp.wgsl");
    });
    await t.step("--json prints the same for machines", async () => {
      const { code, stdout } = await trace(project, "--json", `./${METRICS}`, "sintel.epe_px");
      assertEquals(code, 0);
      const lineage: Lineage = JSON.parse(stdout);
      assertEquals([lineage.file, lineage.value, lineage.intact], [METRICS, 1.5, true]);
      assertEquals(lineage.stages.length, 3);
    });
    await t.step("takes paths from the folder that one is in", async () => {
      const elsewhere = `${project.folder}/results/train`;
      const typed = "../evaluate/metrics.json";
      const { code, stdout } = await traceFrom(elsewhere, project, typed);
      assertEquals(code, 0);
      assertStringIncludes(stdout, `\n${METRICS}\n`);
    });
    await t.step("wrong usage exits 2", async () => {
      for (const args of [[], ["--jsno", METRICS], [METRICS, "a", "b"]]) {
        const { code, stderr } = await trace(project, ...args);
        assertEquals(code, 2);
        assertStringIncludes(stderr, "deno task trace FILE [KEY]");
      }
      assertEquals((await trace(project, "--help")).code, 0);
    });
    await t.step("a chain that is not intact exits 1 and still shows itself", async () => {
      project.edit("params.yaml", "pictures: 2", "pictures: 3");
      const { code, stdout } = await trace(project, METRICS, "scenes.epe_px");
      assertEquals(code, 1);
      assertMatch(stdout, /^NOT intact: 2 problems/);
      assertStringIncludes(stdout, "evaluate.pictures = 2");
      const json = await trace(project, METRICS, "--json");
      assertEquals([json.code, JSON.parse(json.stdout).intact], [1, false]);
    });
    await t.step("a number that nothing explains exits 1", async () => {
      project.edit(METRICS, '"pairs_count": 2', '"pairs_count": 3');
      const { code, stdout, stderr } = await trace(project, METRICS, "scenes.pairs_count");
      assertEquals([code, stdout], [1, ""]);
      assert(stderr.startsWith(`Nothing explains ${METRICS}`), stderr);
    });
  }));

Deno.test("deno task trace of a run that had archives of its own", (t) =>
  withProject(async (fresh) => {
    const project = await fresh();
    const none = await trace(project, METRICS, "scenes.epe_px");
    assertMatch(none.stdout, /─ archives {2}d751713988987e9331980363e24189ce\.dir, 0 files, 0 B\n/);
    project.write("archives/frames/a/1.txt", "a picture\n");
    await project.must("dvc", "repro", "--quiet");
    await project.must("dvc", "push", "--quiet");
    await project.commit("Own archives");
    const line =
      /─ archives {2}\w+\.dir(.*), 1 file, 10 B, own archives of whoever ran it, not in the repository\n(.*)\n/;
    await t.step("names the files where they are", async () => {
      const { code, stdout } = await trace(project, METRICS, "scenes.epe_px");
      assertEquals(code, 0, stdout);
      const [, note, next] = stdout.match(line)!;
      assertEquals(note, "");
      assertMatch(next, /─ archives\/frames\/a\/1\.txt {2}\w{32}$/);
    });
    await t.step("says that another clone has none of them", async () => {
      const clone = new Project(`${project.folder}_clone`);
      await project.must("git", "clone", "--quiet", project.folder, clone.folder);
      await clone.must("dvc", "pull", "--quiet", "--allow-missing");
      const { code, stdout } = await trace(clone, METRICS, "scenes.epe_px");
      assertEquals(code, 0, stdout);
      assertMatch(stdout, /^intact: .*; not here and so not checked: archives/);
      assertEquals(stdout.match(line)![1], " (not here)");
    });
    await t.step("says that they have changed", async () => {
      project.write("archives/frames/a/2.txt", "another\n");
      const { code, stdout } = await trace(project, METRICS, "scenes.epe_px");
      assertEquals(code, 1);
      assertStringIncludes(stdout, "! archives is not what stage download read: recorded is md5 ");
      assertEquals(stdout.match(line)![1], " (DIFFERS here)");
    });
    await t.step("a crate describes them, and holds none", async () => {
      Deno.removeSync(project.path("archives/frames/a/2.txt"));
      const { code, stdout, stderr } = await makeCrate(project, "--out", `${project.folder}_crate`);
      assertEquals([code, stderr], [0, ""], stdout);
      const text = Deno.readTextFileSync(`${project.folder}_crate/ro-crate-metadata.json`);
      const { "@graph": graph } = JSON.parse(text) as { "@graph": Record<string, unknown>[] };
      const { description } = graph.find((entity) => entity["@id"] === "#archives")!;
      assertEquals(
        description,
        "Own archives of whoever ran it, not in this crate; what the run took of them is an output.",
      );
      assertEquals(text.includes("archives/frames"), false);
    });
  }));

Deno.test("deno task trace of frames of one's own", (t) =>
  withProject(async (fresh) => {
    const project = await fresh();
    const model = project.path("results/train/model.safetensors");
    project.write("own/cells/frames/1.txt", "a picture\n");
    project.write("own/cells/.gitignore", "/frames\n/start.safetensors\n");
    Deno.copyFileSync(model, project.path("own/cells/start.safetensors"));
    project.write(
      "own/cells/dvc.yaml",
      "stages:\n  train:\n    cmd: cat frames/1.txt start.safetensors > model.txt\n" +
        "    deps: [frames, start.safetensors]\n    outs: [model.txt: {cache: false}]\n",
    );
    const train = async () => {
      await project.must("dvc", "repro", "--quiet", "own/cells/dvc.yaml");
      await project.commit("Own frames");
      return await trace(project, "own/cells/model.txt");
    };
    await t.step("names each frame, and the stage that wrote the model at its start", async () => {
      const { code, stdout } = await train();
      assertEquals(code, 0, stdout);
      assertMatch(
        stdout,
        /─ own\/cells\/frames {2}\w+\.dir, 1 file, 10 B, own data of whoever ran it, not in the repository\n.*─ own\/cells\/frames\/1\.txt {2}\w{32}\n/,
      );
      assertMatch(
        stdout,
        /─ own\/cells\/start\.safetensors {2}\w{32}\n.*─ stage train, recorded in /,
      );
    });
    await t.step("says that a frame has changed", async () => {
      project.write("own/cells/frames/1.txt", "another\n");
      const { code, stdout } = await trace(project, "own/cells/model.txt");
      assertEquals(code, 1);
      assertStringIncludes(
        stdout,
        "! own/cells/frames is not what stage own/cells/dvc.yaml:train read: ",
      );
    });
    await t.step("takes a start that no stage wrote for somebody's own", async () => {
      project.write("own/cells/start.safetensors", "from elsewhere\n");
      const { code, stdout } = await train();
      assertEquals(code, 0, stdout);
      assertMatch(
        stdout,
        /─ own\/cells\/start\.safetensors {2}\w{32}, .*, own data of whoever ran it/,
      );
    });
  }));
