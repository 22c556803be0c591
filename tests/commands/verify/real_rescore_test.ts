/**
 * The steps rescore and remake on our own stages: a clone of the last commit, shrunk and really run. Each fault is one that leaves dvc.lock,
 * the files and each other in perfect agreement.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { packSplits } from "../../../pipeline/common/io/planned_splits.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { planScenes } from "../../../pipeline/pairs/scenes.ts";
import { Project, ROOT } from "../lineage/_project.ts";
import { verifyCommit } from "../_tasks.ts";

const EVALUATE = "results/evaluate";

async function publish(project: Project, subject: string, ...stages: string[]): Promise<void> {
  if (stages.length > 0) await project.must("dvc", "commit", "--quiet", "--force", ...stages);
  await project.must("dvc", "push", "--quiet");
  await project.commit(subject);
}

/** To train on layered scenes: those with photographs want a network. */
async function drawScenes(project: Project): Promise<void> {
  const scenes = planScenes(new Rng(1), { scenes_train: 6, scenes_validation: 3 }, 64);
  await packSplits(scenes, {
    write: async (split, name, bytes) => {
      await Deno.mkdir(project.path(`tiny_scenes/${split}`), { recursive: true });
      await Deno.writeFile(project.path(`tiny_scenes/${split}/${name}`), bytes);
    },
    onPair: () => {},
  });
  project.write(
    "models/dvc.yaml",
    `stages:
  quick_scenes:
    cmd: cp -R ../tiny_scenes results/quick_scenes
    deps: [../tiny_scenes]
    outs: [results/quick_scenes: {cache: false, push: false}]
`,
  );
}

/** As the others who only have the repository would run it. */
async function runStep(step: string, project: Project): Promise<{ code: number; stdout: string }> {
  const { code, stdout, stderr } = await verifyCommit(project, "--only", step);
  return { code, stdout: stdout + stderr };
}

const rescore = (project: Project) => runStep("rescore", project);
const remake = (project: Project) => runStep("remake", project);

/** The first number with decimals of a text, and another in its place. */
function otherNumber(project: Project, path: string): void {
  const [number] = /\d+\.\d+/.exec(project.read(path))!;
  project.edit(path, number, "0.123");
}

/** Every end-point error of the network 10 % lower: pairs, metrics and summary still agree. */
function lowerErrors(project: Project): void {
  const lower = (value: number) => Number((0.9 * value).toPrecision(6));
  for (const name of ["metrics", "summary"]) {
    const path = `${EVALUATE}/${name}.json`;
    const lowered = JSON.parse(
      project.read(path),
      (key, value) => /^epe_\w*px$/.test(key) ? lower(value) : value,
    );
    project.write(path, JSON.stringify(lowered, null, 2) + "\n");
  }
  const [header, ...rows] = project.read(`${EVALUATE}/pairs.tsv`).trim().split("\n");
  const columns = header.split("\t");
  const lowered = rows.map((row) =>
    row.split("\t").map((cell, i) =>
      columns[i].startsWith("epe_") && cell !== "" ? lower(Number(cell)) : cell
    ).join("\t")
  );
  project.write(`${EVALUATE}/pairs.tsv`, [header, ...lowered].join("\n") + "\n");
}

/** Other weights of the last layer under the same metadata. */
function swapModel(project: Project): void {
  const path = project.path("results/train/model.safetensors");
  const bytes = Deno.readFileSync(path);
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const weights = new Float32Array(bytes.slice(start).buffer);
  for (let i = 0; i < weights.length; i++) weights[i] *= 1.05;
  bytes.set(new Uint8Array(weights.buffer), start);
  Deno.removeSync(path);
  Deno.writeFileSync(path, bytes);
}

Deno.test("verify scores the committed model and a batch of direct again, and makes the reports again", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    const original = new Project(join(folder, "original"));
    await new Project(ROOT).must("git", "clone", "--quiet", ROOT, original.folder);
    const allowed = [
      "--allow-read=params.yaml,sweep,models",
      "--allow-write=params.yaml,sweep,models",
    ];
    await original.must(
      "deno",
      "run",
      "--quiet",
      "--ignore-env",
      ...allowed,
      "tools/tiny_profile.ts",
    );
    // Runs of cells that the tiny lists lack.
    await original.must(
      "git",
      "rm",
      "-r",
      "--quiet",
      "sweep/dvc.lock",
      "results/sweep",
      "models/dvc.lock",
      "models/sweep/dvc.lock",
      "models/results/[!.]*",
    );
    await original.must("dvc", "pull", "--quiet", "data.dvc");
    await drawScenes(original);
    await original.must("dvc", "repro", "--quiet", "--no-run-cache", "dvc.yaml", "sweep/dvc.yaml");
    await publish(original, "A tiny run");
    let count = 0;
    const fresh = async () => {
      const copy = new Project(join(folder, `copy_${count++}`));
      await original.must("cp", "-a", original.folder, copy.folder);
      return copy;
    };

    await t.step("holds where nothing is wrong, with equal bytes on the same adapter", async () => {
      const { code, stdout } = await rescore(original);
      assertEquals(code, 0, stdout);
      assertMatch(stdout, /direct, 3 pairs \(batch 1 of 1\) equal; evaluate, \d+ pairs equal/);
    });

    await t.step("report and comparison, made again, are the same", async () => {
      // In a clone into which nothing was pulled.
      const clone = new Project(join(folder, "clone"));
      await original.must("git", "clone", "--quiet", original.folder, clone.folder);
      const { code, stdout } = await remake(clone);
      assertEquals(code, 0, stdout);
      assertStringIncludes(stdout, "report and sweep/dvc.yaml:compare: 10 outputs equal\n");
    });

    await t.step("names edited numbers of report and comparison with edited hashes", async () => {
      const project = await fresh();
      const stages = ["report", "sweep/dvc.yaml:compare"];
      for (const path of ["results/report/report.md", "results/report/index.html"]) {
        otherNumber(project, path);
      }
      otherNumber(project, "results/sweep/report.md");
      await publish(project, "Better words", ...stages);
      const lock = await runStep("lock", project);
      assertEquals(lock.code, 0, lock.stdout);
      const { code, stdout } = await remake(project);
      assertEquals(code, 1, stdout);
      assertMatch(
        stdout,
        // Nobody else has its text: it is never pushed.
        /^ +results\/report\/index\.html: md5 \w{32} in the commit and \w{32} in the new run$/m,
      );
      for (const path of ["report/report", "sweep/report"]) {
        assertMatch(
          stdout,
          new RegExp(
            `^ +results/${path}\\.md: line \\d+ is ".*0\\.123.*" in the commit and ".*\\d\\.\\d.*" in the new run$`,
            "m",
          ),
        );
      }
      assertEquals(stdout.includes("picture.png"), false, "this file is as it was");
    });

    await t.step("names a swapped model", async () => {
      const project = await fresh();
      swapModel(project);
      await publish(project, "A better model", "train", "evaluate");
      const { code, stdout } = await rescore(project);
      assertEquals(code, 1, stdout);
      assertMatch(
        stdout,
        /other scores than committed: direct, .* equal; evaluate, \d+ pairs differ/,
      );
      assertMatch(
        stdout,
        /results\/evaluate\/pairs\.tsv: scenes\/scene_0000 has epe_px [\d.]+, now/,
      );
    });

    await t.step("names errors lowered by 10 %, under another adapter's name too", async () => {
      const project = await fresh();
      lowerErrors(project);
      for (const stage of ["pretrain", "train", "direct"]) {
        const path = `results/${stage}/adapter.json`;
        const adapter = { ...JSON.parse(project.read(path)), description: "Fast GPU" };
        project.write(path, JSON.stringify(adapter, null, 2) + "\n");
      }
      await publish(project, "Ten per cent better", "pretrain", "train", "direct", "evaluate");
      const { code, stdout } = await rescore(project);
      assertEquals(code, 1, stdout);
      assertMatch(
        stdout,
        /direct, .* within tolerance on another adapter; evaluate, \d+ pairs differ/,
      );
      assertStringIncludes(stdout, "results/evaluate/metrics.json: scenes.epe_px is ");
      assertStringIncludes(stdout, "Allowed for evaluate on another adapter is 0.1 %");
    });

    await t.step(
      "names parameters of direct and of the data that nothing was made with",
      async () => {
        const project = await fresh();
        project.edit("params.yaml", "  rho: 0.3\n", "  rho: 0.5\n");
        await publish(project, "A better rho", "check", "direct", "evaluate");
        const { code, stdout } = await rescore(project);
        assertEquals(code, 1, stdout);
        // Refinement goes on by the cost of direct, so that evaluate says it of its scores, too.
        assertMatch(
          stdout,
          /direct, 3 pairs \(batch 1 of 1\) differ; evaluate, \d+ pairs differ/,
        );
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
