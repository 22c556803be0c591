/** What an insider could pass off: faults that leave files, dvc.lock and two runs in a row in agreement. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Project } from "../lineage/_project.ts";
import { verifyCommit } from "../_tasks.ts";
import { assertNamed, CHEAP, withFaults } from "./_toy.ts";

Deno.test("verify names what an insider could pass off", async (t) => {
  await withFaults(t, async (fault) => {
    await fault("names a clock that two runs in a row do not tell", async (toy) => {
      toy.edit(
        "stages/fit/fit.ts",
        '"<svg/>"',
        "`<svg>${Math.round(performance.timeOrigin / 1e11)}</svg>`",
      );
      await toy.publish("The century");
      assertNamed(await verifyCommit(toy, "--only", "lint", "--only", "twice"), {
        lint: ["Outputs must not depend on the clock", "stages/fit/fit.ts:"],
      });
      toy.edit(
        "stages/fit/fit.ts",
        'Deno.writeTextFileSync("results/fit/pictures/plain.svg"',
        "// deno-lint-ignore reproducible/no-clock-or-unseeded-random\n" +
          'Deno.writeTextFileSync("results/fit/pictures/plain.svg"',
      );
      await toy.publish("Hush");
      assertNamed(await verifyCommit(toy, "--only", "lint"), {
        lint: [
          /^stages\/fit\/fit\.ts:\d+ silences the rule: \/\/ deno-lint-ignore reproducible\//m,
        ],
      });
      toy.edit("deno.json", '"plugins": ["./tools/lint_plugin.ts"]', '"plugins": []');
      await toy.commit("No plugin");
      assertNamed(await verifyCommit(toy, "--only", "lint"), {
        lint: ["deno.json does not name tools/lint_plugin.ts"],
      });
    });

    await fault("names a model that is marked push: false and gone", async (toy) => {
      toy.edit(
        "dvc.yaml",
        "      - results/fit/model.json\n",
        "      - results/fit/model.json:\n          push: false\n",
      );
      const md5 = /path: results\/fit\/model\.json\n +hash: md5\n +md5: (\w+)/.exec(
        toy.read("dvc.lock"),
      )![1];
      Deno.removeSync(toy.path(`.data-remote/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`));
      await toy.commit("Who needs the model");
      assertNamed(await verifyCommit(toy, ...CHEAP), {
        pushed: [
          "1 output must not be marked push: false",
          "results/fit/model.json is marked push: false (stage fit), which only results/preprocess (",
        ],
      });
    });

    await fault(
      "names edited results of frozen stages, which DVC does not run by itself",
      async (toy) => {
        toy.edit("results/score/metrics.json", '"epe_px": ', '"epe_px": 1');
        toy.write("results/sweep/all.txt", "9.5\n9.5\n");
        await toy.must("dvc", "commit", "--quiet", "--force");
        await toy.must("dvc", "commit", "--quiet", "--force", "sweep/dvc.yaml:compare");
        await toy.must("dvc", "freeze", "--quiet", "score", "sweep/dvc.yaml:compare");
        await toy.publish("Cold numbers");
        assertNamed(await verifyCommit(toy, ...CHEAP, "--only", "remake", "--only", "full"), {
          remake: ['results/sweep/all.txt: line 1 is "9.5" in the commit and "'],
          full: ["The first stage with equal inputs and unequal outputs: score"],
        });
      },
    );

    await fault("does not verify under another adapter's name", async (toy) => {
      toy.edit("results/fit/adapter.json", "toy adapter 1", "toy adapter 2");
      await toy.must("dvc", "commit", "--quiet", "--force");
      await toy.publish("Renamed");
      const { code, stdout } = await verifyCommit(toy, "--only", "full", "--only", "lock");
      assertEquals(code, 3, stdout);
      assertMatch(stdout, /^2\/2 full +NOT VERIFIED /m);
      assertStringIncludes(
        stdout,
        "not verified: other adapter; 2 of 2 metrics within tolerance",
      );
      assertStringIncludes(
        stdout,
        "Committed: toy adapter 2 (vulkan). Here: toy adapter 1 (vulkan).",
      );
      assertStringIncludes(stdout, "1 of 2 hold, 1 not verified.");
    });

    await fault("takes another graphics interface for another adapter", async (toy) => {
      toy.edit("results/fit/adapter.json", '"backend": "vulkan"', '"backend": "gl"');
      await toy.must("dvc", "commit", "--quiet", "--force");
      await toy.publish("Another interface");
      const { code, stdout } = await verifyCommit(toy, "--only", "full");
      assertEquals(code, 3, stdout);
      assertStringIncludes(
        stdout,
        "Committed: toy adapter 1 (gl). Here: toy adapter 1 (vulkan).",
      );
    });

    await fault("takes another plan of kernels for another adapter", async (toy) => {
      toy.edit(
        "results/fit/adapter.json",
        '"fallback": true',
        '"fallback": true, "plan": "toys 1"',
      );
      await toy.must("dvc", "commit", "--quiet", "--force");
      await toy.publish("Another plan");
      const { code, stdout } = await verifyCommit(toy, "--only", "full");
      assertEquals(code, 3, stdout);
      assertStringIncludes(
        stdout,
        "Committed: toy adapter 1 (vulkan, plan toys 1). Here: toy adapter 1 (vulkan).",
      );
    });

    await fault("compares metrics on another adapter, in a table", async (toy) => {
      toy.edit("results/fit/adapter.json", "toy adapter 1", "toy adapter 2");
      toy.edit(
        "results/score/metrics.json",
        /"epe_px": [\d.]+/.exec(
          toy.read("results/score/metrics.json"),
        )![0],
        '"epe_px": 0.9',
      );
      await toy.must("dvc", "commit", "--quiet", "--force");
      await toy.publish("Computed elsewhere");
      assertNamed(await verifyCommit(toy, "--only", "full"), {
        full: [
          "other adapter, and 1 of 2 metrics out of tolerance",
          "Committed: toy adapter 2 (vulkan). Here: toy adapter 1 (vulkan).",
          /metric +committed +rerun +difference +allowed\n/,
          /^results\/score\/metrics\.json:scenes\.epe_px +0\.9 +[\d.]+ +−[\d.]+ +0\.185 +OUT$/m,
          /^results\/score\/metrics\.json:scenes\.rows_count +6 +6 +\+0 +0 +ok$/m,
          "Allowed is nothing for counts and zero flow",
          "Allowed is 15 % + 0.05 for all else of a trained network.",
        ],
      });
    });

    await fault("asks for the history that witnesses the data", async (toy) => {
      toy.write("NOTES", "One commit more.\n");
      await toy.commit("Notes");
      const clone = new Project(toy.path(".cache/clone"));
      const address = `file://${toy.folder}`;
      await toy.must("git", "clone", "--quiet", "--depth=1", address, clone.folder);
      assertNamed(await verifyCommit(clone, "--only", "lock"), {
        lock: ["this clone is shallow", "git fetch --unshallow"],
      });
    });
  });
});
