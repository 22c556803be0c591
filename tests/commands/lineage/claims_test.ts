/** Outputs that were made with other parameters than dvc.lock claims: `dvc commit` and `dvc exp save` after an edit. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CATALOGUE } from "../../../pipeline/fetch/catalogue.ts";
import { curveProblems } from "../../../commands/lineage/claimed_curves.ts";
import { scoreProblems } from "../../../commands/lineage/claimed_scores.ts";
import { traceLineage } from "../../../commands/lineage/lineage.ts";
import { namedTree, workingTree } from "../../../commands/lineage/snapshot.ts";
import { makeCrate, traceNumber } from "../_tasks.ts";
import { type Project, withProject } from "./_project.ts";

const METRICS = "results/evaluate/metrics.json";

const table = (...rows: (string | number)[][]) =>
  ["dataset pair pixels_all_count pixels_occ_count epe_px epe_occ_px".split(" "), ...rows]
    .map((row) => row.join("\t") + "\n").join("");
const PAIRS = table(
  ["scenes", "a", 100, 0, 1, ""],
  ["scenes", "b", 300, 50, 2, 8],
);
/** Of the table, by hand: (100 · 1 + 300 · 2) / 400, and (1 + 2) / 2. */
const SCORES = {
  pairs_count: 2,
  epe_px: 1.75,
  epe_image_mean_px: 1.5,
  epe_occ_px: 8,
  epe_occ_image_mean_px: 8,
  a95_px: 3,
};

function problems(scores: object, pairs = PAIRS, summary: object = {}, drawn?: number): string[] {
  return scoreProblems({
    "metrics.json": { path: "metrics.json", text: JSON.stringify({ scenes: scores }) },
    "summary.json": { path: "summary.json", text: JSON.stringify({ scenes: summary }) },
    "pairs.tsv": { path: "pairs.tsv", text: pairs },
  }, drawn);
}

Deno.test("scoreProblems() weighs pairs by the pixels of their region", () => {
  assertEquals(problems(SCORES), []);
  assertEquals(problems({ ...SCORES, epe_px: 1.575 }), [
    "metrics.json has scenes.epe_px = 1.575, its pairs give 1.75 (pairs.tsv)",
  ]);
  assertEquals(problems({ ...SCORES, epe_image_mean_px: 1.75 }), [
    "metrics.json has scenes.epe_image_mean_px = 1.75, its pairs give 1.5 (pairs.tsv)",
  ]);
  // Without its pixels, pair a would count as an occluded error of 0.
  assertEquals(problems({ ...SCORES, epe_occ_px: 4 }).length, 1);
});

Deno.test("scoreProblems() counts the pairs that have no score", () => {
  const pairs = table(["scenes", "a", 100, 0, 1, ""], ["scenes", "b", 300, 50, 2, 8], [
    "scenes",
    "c",
    0,
    0,
    "",
    "",
  ]);
  assertEquals(problems({ ...SCORES, unscored_pairs_count: 1 }, pairs), []);
  assertMatch(
    problems({ ...SCORES, pairs_count: 3, unscored_pairs_count: 1 }, pairs)[0],
    /pairs_count = 3, its pairs give 2/,
  );
  assertMatch(problems(SCORES, pairs)[0], /unscored_pairs_count = undefined, its pairs give 1/);
});

Deno.test("scoreProblems() allows the rounding to six digits and no more", () => {
  assertEquals(problems({ ...SCORES, epe_px: 1.75001 }), []);
  assertEquals(problems({ ...SCORES, epe_px: 1.75003 }).length, 1);
});

Deno.test("scoreProblems() finds pairs that are missing, double or of no data set", () => {
  assertMatch(
    problems(SCORES, table(["scenes", "b", 300, 50, 2, 8]))[0],
    /pairs_count = 2, its pairs give 1/,
  );
  assertMatch(
    problems(SCORES, PAIRS + `${table(["kitti", "c", 1, 1, 1, 1]).split("\n")[1]}\n`).join(),
    /lacks kitti, which has pairs/,
  );
  assertEquals(problems(SCORES, PAIRS, {}, 48), [
    "pairs.tsv has 2 pairs of scenes, dvc.lock says preprocess.scenes_test = 48",
  ]);
  const missing = PAIRS.replace("pixels_all_count", "pixels_count");
  assertStringIncludes(problems(SCORES, missing).join(), "pixels_all_count is missing for epe_px");
});

Deno.test("scoreProblems() compares the summary with the metrics", () => {
  assertEquals(problems(SCORES, PAIRS, { epe_px: 1.75 }), []);
  assertEquals(problems(SCORES, PAIRS, { epe_px: 1.5 }), [
    "summary.json has scenes.epe_px = 1.5, metrics.json has 1.75",
  ]);
});

Deno.test("curveProblems() asks for the rows that the steps give", () => {
  const curve = (...steps: number[]) =>
    "step\ttotal_loss\n" + steps.map((step) => `${step}\t${step / 10}\n`).join("");
  const section = { steps: 25, log_every: 10, validate_every: 25 };
  const files = (loss: string, steps_count = 25) => ({
    "loss.tsv": loss,
    "validation.tsv": curve(25),
    "metrics.json": JSON.stringify({ steps_count, total_loss: 2.5 }),
  });
  assertEquals(curveProblems("f", files(curve(10, 20, 25)), section), []);
  assertEquals(curveProblems("f", files(curve(10, 25)), section), [
    "f/loss.tsv has 2 rows up to step 25, dvc.lock asks for 3 up to 25 (steps 25, log_every 10)",
  ]);
  assertEquals(curveProblems("f", files(curve(10, 20, 25), 30), section), [
    "f/metrics.json has steps_count = 30, dvc.lock says 25",
  ]);
  assertEquals(
    curveProblems("f", files(curve(10, 20, 25).replace("2.5", "2.4")), section),
    ["f/metrics.json has total_loss = 2.5, loss.tsv ends with 2.4"],
  );
});

async function problemsIn(project: Project, rev?: string): Promise<string[]> {
  const { git } = project;
  const snapshot = rev === undefined ? await workingTree(git) : await namedTree(git, rev);
  return [...(await traceLineage(snapshot, METRICS, undefined, CATALOGUE)).problems];
}

const MADE_WITH_ONE =
  "results/train/model.safetensors was made with train.unroll_iterations = 1, dvc.lock says 7 " +
  "(stage train)";

Deno.test("a lock that claims what the outputs deny", (t) =>
  withProject(async (fresh) => {
    await t.step("dvc exp save after an edit", async () => {
      const project = await fresh();
      // What has never been run cannot be saved.
      await project.must("git", "rm", "--quiet", "-r", "sweep");
      await project.commit("No sweep");
      project.edit("params.yaml", "unroll_iterations: 1", "unroll_iterations: 7");
      await project.must("dvc", "exp", "save", "--quiet", "--force", "--name", "claimed");
      assert((await problemsIn(project, "claimed")).includes(MADE_WITH_ONE));
    });
    await t.step("dvc commit after an edit: trace and crate refuse", async () => {
      const project = await fresh();
      project.edit("params.yaml", "unroll_iterations: 1", "unroll_iterations: 7");
      await project.must("dvc", "commit", "--quiet", "--force", "train");
      await project.commit("A better T");
      const scored = MADE_WITH_ONE.replace("results/train/model.safetensors", METRICS);
      assertEquals(await problemsIn(project), [scored, MADE_WITH_ONE]);
      const { code, stdout } = await traceNumber(project, METRICS, "scenes.epe_px");
      assertEquals(code, 1);
      assertStringIncludes(stdout, MADE_WITH_ONE);
      const crate = await makeCrate(project, "--out", project.path(".cache/crate"));
      assertEquals(crate.code, 1);
      assertStringIncludes(crate.stderr, MADE_WITH_ONE);
    });
    await t.step("dvc commit after an edit of what was scored", async () => {
      const project = await fresh();
      project.edit("params.yaml", "pictures: 2", "pictures: 3");
      await project.must("dvc", "commit", "--quiet", "--force", "evaluate");
      await project.commit("More pictures");
      assertEquals(await problemsIn(project), [
        `${METRICS} was made with evaluate.pictures = 2, dvc.lock says 3 (stage evaluate)`,
      ]);
      const { made_by: _, ...scores } = JSON.parse(project.read(METRICS));
      project.write(METRICS, JSON.stringify(scores));
      await project.must("dvc", "commit", "--quiet", "--force", "evaluate");
      await project.commit("Nothing said");
      // As of results from before outputs said it.
      assertEquals(await problemsIn(project), []);
      project.write("pipeline/common/io/made_by.ts", "// outputs say what made them\n");
      await project.must("dvc", "commit", "--quiet", "--force", "train", "evaluate");
      await project.commit("Code that lets them say it");
      assertEquals(await problemsIn(project), [
        `${METRICS} does not say with what parameters stage train made it`,
        `${METRICS} does not say with what parameters stage evaluate made it`,
      ]);
    });
    await t.step("a model that says nothing, or is none", async () => {
      const project = await fresh();
      const model = "results/train/model.safetensors";
      for (
        const [content, expected] of [
          ["\u0002\0\0\0\0\0\0\0{}", `${model} does not say with what parameters stage train`],
          ["weights", `${model} does not say what it is: Cannot read ${model}`],
        ]
      ) {
        project.write(model, content);
        await project.must("dvc", "commit", "--quiet", "--force", "train", "evaluate");
        await project.commit("Another model");
        assertStringIncludes((await problemsIn(project)).join("\n"), expected);
      }
    });
    await t.step("metrics that their pairs do not give", async () => {
      const project = await fresh();
      const { epe_px } = JSON.parse(project.read(METRICS)).scenes;
      project.edit(METRICS, `"epe_px": ${epe_px}`, `"epe_px": ${0.9 * epe_px}`);
      await project.must("dvc", "commit", "--quiet", "--force", "train", "evaluate");
      await project.commit("Ten per cent better");
      const found = await problemsIn(project);
      assertEquals(found.length, 1);
      assertMatch(found[0], /^results\/evaluate\/metrics\.json has scenes\.epe_px = .* its pairs/);
    });
    await t.step("an adapter of few words, or another seed", async () => {
      const project = await fresh();
      const adapter = "results/train/adapter.json";
      project.edit(adapter, '"fallback": true', '"fallback": "true"');
      project.edit(adapter, '"seed": 1', '"seed": 2');
      project.edit(adapter, '"backend": "vulkan", ', "");
      await project.must("dvc", "commit", "--quiet", "--force", "train", "evaluate");
      await project.commit("Another adapter");
      assertEquals(await problemsIn(project), [
        `${adapter} must name backend (a string), got nothing`,
        `${adapter} must name fallback (a boolean), got "true"`,
        `${adapter} has the seed 2, dvc.lock says 1 (stage train)`,
      ]);
    });
    await t.step("a GPU without the plan that chose its kernels", async () => {
      const project = await fresh();
      const adapter = "results/train/adapter.json";
      project.edit(adapter, '"fallback": true', '"fallback": false');
      await project.must("dvc", "commit", "--quiet", "--force", "train", "evaluate");
      await project.commit("A GPU");
      assertEquals(await problemsIn(project), [
        `${adapter} must name the plan of a GPU (a string), got nothing`,
      ]);
    });
    await t.step("a module that is another than its name says", async () => {
      const project = await fresh();
      const imports = {
        "./pipeline/common/rng.ts": "data:text/javascript,export const next=()=>1",
      };
      project.write("deno.json", JSON.stringify({ imports }));
      await project.commit("Other numbers");
      assertStringIncludes(
        (await problemsIn(project)).join("\n"),
        'deno.json puts data:text/javascript,export const next=()=>1 in the place of "./pipeline/common/rng.ts"',
      );
    });
    await t.step("sources that the run did not ask for", async () => {
      const project = await fresh();
      project.write("results/download/manifest.json", '{"sources": []}');
      assertStringIncludes(
        (await problemsIn(project)).join("\n"),
        "results/download holds no source, dvc.lock says kitti2015_sample",
      );
    });
  }));
