/** The command `deno task trace`: exit status, output and permissions, called as deno.json calls it. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Lineage } from "../../commands/lineage/lineage.ts";
import { withProject } from "./lineage/_project.ts";
import { traceNumber as trace } from "./_tasks.ts";

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
