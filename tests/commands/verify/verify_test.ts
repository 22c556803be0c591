/** `deno task verify` on a toy experiment: it holds when nothing is wrong, and the right step names each fault. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Project, ROOT } from "../lineage/_project.ts";
import { verifyCommit } from "../_tasks.ts";
import { assertNamed, CHEAP, type Toy, withFaults } from "./_toy.ts";

Deno.test("verify", async (t) => {
  await withFaults(t, async (fault) => {
    await fault("holds where nothing is wrong, and leaves nothing behind", async (toy) => {
      const result = await verifyCommit(toy, "--full");
      assertNamed(result, {});
      assertMatch(result.stdout, /^2\/8 lock +ok +[\d.]+ s /m);
      assertStringIncludes(
        result.stdout,
        "sweep/dvc.yaml:compare: 1 output equal; there is no stage report",
      );
      assertStringIncludes(result.stdout, "same adapter; 3 stages, every output equal");
      assertStringIncludes(result.stdout, "8 of 8 hold.");
      assertEquals([...Deno.readDirSync(toy.path(".cache/verify"))], []);
      assertEquals(await toy.must("git", "status", "--porcelain"), "");
      // As in CI: a clone into which nothing was pulled.
      const clone = new Project(toy.path(".cache/clone"));
      await toy.must("git", "clone", "--quiet", toy.folder, clone.folder);
      const cloned = await verifyCommit(clone, ...CHEAP);
      assertNamed(cloned, {});
      assertStringIncludes(cloned.stdout, "1 file not here");
    });

    await fault(
      "tells of a pipeline without a lock, and names results that none explains",
      async (toy) => {
        toy.write(
          "more/dvc.yaml",
          "stages:\n  more:\n    cmd: deno run more.ts\n    outs: [results/more.txt]\n",
        );
        toy.write("more/.gitignore", "");
        await toy.publish("A pipeline for later");
        const later = await verifyCommit(toy, "--only", "lock");
        assertNamed(later, {});
        assertStringIncludes(later.stdout, "; more/dvc.yaml has never been run");
        toy.write("more/results/more.txt", "made by hand");
        await toy.publish("Results from nowhere");
        assertNamed(await verifyCommit(toy, "--only", "lock"), {
          lock: ["there is no more/dvc.lock, but more/results/more.txt is there"],
        });
      },
    );

    await fault("names randomness in a stage, with the file and the line", async (toy) => {
      toy.edit("stages/fit/fit.ts", "fit(rows, 0, steps", "fit(rows, Math.random(), steps");
      toy.edit("stages/fit/fit.ts", '"<svg/>"', "`<svg>${crypto.randomUUID()}</svg>`");
      await toy.publish("A random start, a random picture");
      const result = await verifyCommit(toy);
      assertNamed(result, {
        lint: [
          "reproducible/no-clock-or-unseeded-random",
          "stages/fit/fit.ts:",
        ],
        twice: [
          "The first stage with equal inputs and unequal outputs: fit\n",
          /results\/fit\/model\.json: line 1 is "\{"estimate":[\d.]+\}" in the first run and "\{/,
          /results\/fit\/pictures\/plain\.svg: line 1 is "<svg>/,
          "kept: .cache/verify/first/clone and .cache/verify/second/clone",
        ],
      });
      assert(!result.stdout.includes("outputs: score"), "score only passes on what fit did");
      assert(!result.stdout.includes("rows.svg"), "this picture is the same in both runs");
    });

    await fault("names an undeclared module and an undeclared kernel", async (toy) => {
      toy.write("pipeline/more/more.ts", "/** More. */\nexport const more = 0;\n");
      toy.write("kernels/more/more.wgsl", "// more\n");
      toy.edit(
        "stages/fit/fit.ts",
        "import { fit }",
        'import { more } from "../../pipeline/more/more.ts";\n' +
          'import note from "../../kernels/more/more.wgsl" with { type: "text" };\n' +
          "console.error(more, note);\nimport { fit }",
      );
      await toy.publish("More code");
      assertNamed(await verifyCommit(toy, ...CHEAP), {
        contract: [
          "stage fit reaches pipeline/more/more.ts, which lies in none of its deps",
          "stage fit reaches kernels/more/more.wgsl, which lies in none of its deps",
        ],
      });
    });

    await fault("names an undeclared module of a cell of the sweep", async (toy) => {
      toy.write("pipeline/more/more.ts", "/** More. */\nexport const more = 0;\n");
      toy.edit("stages/sweep/cell.ts", "import", 'import "../../pipeline/more/more.ts";\nimport');
      await toy.publish("More code");
      assertNamed(await verifyCommit(toy, ...CHEAP), {
        contract: [
          "stage sweep/dvc.yaml:cells reaches pipeline/more/more.ts, which lies in none of its deps",
        ],
      });
    });

    await fault("names permissions beyond deps and outs, and hidden imports", async (toy) => {
      toy.write("notes.txt", "A note.\n");
      toy.edit(
        "dvc.yaml",
        "results/preprocess,results/fit",
        "results/preprocess,results/fit,notes.txt",
      );
      toy.edit(
        "stages/fit/fit.ts",
        "const text",
        'await import("../../pipeline/common/" + "fit.ts");\nconst text',
      );
      toy.edit(
        "dvc.yaml",
        "--allow-read=params.yaml,results/preprocess,results/fit",
        "--allow-read=.",
      );
      await toy.must("dvc", "commit", "--quiet", "--force");
      await toy.publish("A loose command");
      assertNamed(await verifyCommit(toy, ...CHEAP), {
        contract: [
          "stage fit has --allow-read=notes.txt in its command",
          "stage fit lacks --allow-read=results/preprocess",
          "stage fit has --allow-read=. in its command",
          'stages/fit/fit.ts, whose import("../../pipeline/common/" + "fit.ts") hides',
        ],
      });
    });

    await fault("names the stage and the undeclared data file that it reads", async (toy) => {
      toy.write("notes.txt", "0\n");
      toy.edit(
        "stages/fit/fit.ts",
        "const text",
        'Deno.readTextFileSync("notes.txt");\nconst text',
      );
      await toy.must("dvc", "commit", "--quiet", "--force", "fit");
      await toy.publish("Reads a note");
      assertNamed(await verifyCommit(toy), {
        twice: ["stage fit fails in a fresh clone", 'Requires read access to "notes.txt"'],
      });
    });

    await fault("names a declared data file that is in no commit", async (toy) => {
      toy.write(".git/info/exclude", "/notes.txt\n");
      toy.write("notes.txt", "0\n");
      toy.edit(
        "dvc.yaml",
        "stages/fit, results/preprocess",
        "stages/fit, notes.txt, results/preprocess",
      );
      toy.declare();
      await toy.publish("Depends on a note");
      assertNamed(await verifyCommit(toy), {
        lock: ["nothing explains notes.txt, which stage fit read"],
        twice: ["stage fit fails in a fresh clone", "dependency 'notes.txt' does not exist"],
      });
    });

    await fault("names edited metrics, committed or not", async (toy) => {
      const expected = {
        lock: [
          "dvc repro would run: score",
          "results/score/metrics.json is not what stage score wrote",
        ],
      };
      toy.edit("results/score/metrics.json", '"epe_px": ', '"epe_px": 1');
      const uncommitted = await verifyCommit(toy, "--stop");
      assertStringIncludes(uncommitted.stdout, "1 of 7 hold, 5 not run.");
      assertNamed(uncommitted, { lock: [...expected.lock, "not committed: results/score/"] });
      await toy.commit("Better numbers");
      assertNamed(await verifyCommit(toy, "--only", "lock", "--only", "contract"), expected);
    });

    await fault("names edited metrics whose hash was edited too: only --full can", async (toy) => {
      toy.edit("results/score/metrics.json", '"epe_px": ', '"epe_px": 1');
      await toy.must("dvc", "commit", "--quiet", "--force", "score");
      await toy.publish("Better numbers");
      assertNamed(await verifyCommit(toy, ...CHEAP, "--only", "full"), {
        full: [
          "same adapter, other bytes than committed",
          "The first stage with equal inputs and unequal outputs: score",
          /results\/score\/metrics\.json: line 4 is ""epe_px": 10\.[\d.]+" in the committed run and ""epe_px": /,
        ],
      });
    });

    await fault("names edited data, before and after it is pinned anew", async (toy) => {
      toy.edit("data/raw.tsv", "36", "37");
      const before = toy.read("data.dvc");
      assertNamed(await verifyCommit(toy, "--only", "lock"), {
        lock: [
          "dvc repro would run: preprocess",
          "data is not what stage preprocess read, nor what data.dvc pins",
          "in data: raw.tsv has changed",
        ],
      });
      assertEquals(toy.read("data.dvc"), before, "a check must not pin what it finds");
      await toy.must("dvc", "add", "--quiet", "data");
      await toy.must("dvc", "push", "--quiet", "data.dvc");
      await toy.commit("Other data");
      assertNamed(await verifyCommit(toy, ...CHEAP), {
        lock: ["stage preprocess read data with md5 ", "data.dvc pins it with "],
      });
    });

    await fault("names data that was damaged on the remote", async (toy) => {
      const object = await objectOf(toy, "25\n36\n");
      toy.write(object, "1\n4\n");
      await toy.commit("Bit rot");
      assertNamed(await verifyCommit(toy, "--only", "pushed", "--only", "contract"), {
        pushed: ["data/raw.tsv should have md5 ", "(data.dvc)"],
      });
    });

    await fault("names outputs that are not pushed, or pushed and not committed", async (toy) => {
      toy.edit("params.yaml", "steps: 50", "steps: 51");
      await toy.must("dvc", "repro", "--quiet", "--no-run-cache", "dvc.yaml", "sweep/dvc.yaml");
      await toy.commit("One more step");
      const expected = {
        pushed: [
          /^results\/fit\/model\.json with md5 \w+ is neither in the last commit nor .*\(stage fit\)$/m,
          /^results\/sweep\/cells\/rate_0\.5 .*\(stage sweep\/dvc\.yaml:cells@0\.5\)$/m,
        ],
      };
      assertNamed(await verifyCommit(toy, ...CHEAP), expected);
      assertNamed(await verifyCommit(toy, "--only", "remake"), {
        remake: [
          "A fresh clone cannot pull results/sweep/cells/rate_0.5 and results/sweep/cells/rate_0.75:",
          "./run deno task verify --only pushed",
        ],
      });
      await toy.must("dvc", "push", "--quiet");
      assertNamed(await verifyCommit(toy, "--only", "pushed"), expected);
    });

    await fault("names why the lock is stale", async (toy) => {
      toy.edit("params.yaml", "steps: 50", "steps: 40");
      toy.edit("kernels/scale/scale.wgsl", "0.5", "0.75");
      toy.write("kernels/scale/huber.wgsl", "// huber\n");
      await toy.commit("Other parameters, another kernel");
      assertNamed(await verifyCommit(toy, ...CHEAP), {
        lock: [
          /dvc repro would run: fit, .*cells@0\.5/,
          "fit.steps was 50 in the run of stage fit, params.yaml says 40",
          /^stale: run \.\/run, \.\/run dvc repro sweep\/dvc\.yaml and commit \(\d stages would run\)$/m,
          /^kernels\/scale is not what stage fit read: .*huber\.wgsl was added, kernels\/scale\/scale\.wgsl has changed$/m,
          /^kernels is not what stage score read: /m,
        ],
      });
    });

    await fault("names the changed file when a run of other code is committed", async (toy) => {
      toy.edit("kernels/scale/scale.wgsl", "0.5", "0.75");
      await toy.commit("Another kernel");
      assertNamed(await verifyCommit(toy, "--only", "full"), {
        full: [
          /^Stage fit has other inputs .*: kernels\/scale: since commit \w{7} kernels\/scale\/scale\.wgsl has changed$/m,
          /^Stage score has other inputs .*: kernels: since commit \w{7} kernels\/scale\/scale\.wgsl has/m,
        ],
      });
    });

    await fault("reads what dvc freeze and unfreeze make of dvc.yaml", async (toy) => {
      await toy.must("dvc", "freeze", "--quiet", "fit", "sweep/dvc.yaml:compare");
      assertStringIncludes(toy.read("dvc.yaml"), "frozen: true");
      await toy.commit("Frozen");
      assertNamed(await verifyCommit(toy, ...CHEAP), {});
      // DVC runs no frozen stage and so does not call it stale; its results are not those of the code all the same.
      toy.edit("kernels/scale/scale.wgsl", "// 0.5", "// 0.50");
      await toy.commit("A comment in a kernel");
      assertNamed(await verifyCommit(toy, "--only", "lock"), {
        lock: [
          "dvc repro would run: score",
          /^kernels\/scale is not what stage fit read: .* kernels\/scale\/scale\.wgsl has changed$/m,
        ],
      });
      await toy.must("git", "revert", "--no-edit", "HEAD");
      await toy.must("dvc", "unfreeze", "--quiet", "fit", "sweep/dvc.yaml:compare");
      await toy.commit("Unfrozen");
      assertNamed(await verifyCommit(toy, ...CHEAP), {});
    });
  });
});

/** The file on the remote that ends like this. */
async function objectOf(toy: Toy, ending: string): Promise<string> {
  const files = (await toy.must("git", "ls-files", ".data-remote")).trim().split("\n");
  return files.find((path) => toy.read(path).endsWith(ending))!;
}

Deno.test("verify --help and wrong usage", async (t) => {
  const run = (...args: string[]) => verifyCommit(new Project(ROOT), ...args);
  await t.step("--help lists the steps", async () => {
    const { code, stdout } = await run("--help");
    assertEquals(code, 0);
    for (
      const step of ["lint", "lock", "pushed", "contract", "remake", "rescore", "twice", "full"]
    ) {
      assertMatch(stdout, new RegExp(`^  ${step} `, "m"));
    }
  });
  await t.step("an unknown step", async () => {
    const { code, stderr } = await run("--only", "pushd");
    assertEquals(code, 2);
    assertStringIncludes(stderr, 'Cannot use --only "pushd": there is no such step');
    assertStringIncludes(stderr, "Did you mean pushed?");
  });
  await t.step("an unknown option", async () => {
    const { code, stderr } = await run("--fast");
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Unknown argument --fast.");
  });
});
