/** deno task recipe, as deno.json calls it, in a small project that DVC runs. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parse } from "yaml";
import denoConfig from "../../../deno.json" with { type: "json" };
import { Project, ROOT } from "../lineage/_project.ts";
import { inFolder } from "../../stages/_run.ts";

/** Program and arguments. */
function command(...args: string[]): [program: string, ...args: string[]] {
  const [program, run, ...flags] = denoConfig.tasks.recipe.command.split(" ");
  const script = join(ROOT, flags.pop()!);
  return [program, run, `--config=${join(ROOT, "deno.json")}`, ...flags, script, ...args];
}

const committed = Deno.readTextFileSync(join(ROOT, "params.yaml"));
const PIPELINE = `stages:
  train:
    cmd: cp params.yaml trained.yaml
    params: [train, pretrain]
    outs: [trained.yaml]
`;

async function copyRecipes(project: Project): Promise<void> {
  for (const folder of ["recipes", "recipes/parts"]) {
    for await (const { name, isFile } of Deno.readDir(join(ROOT, folder))) {
      const path = `${folder}/${name}`;
      if (isFile) project.write(path, await Deno.readTextFile(join(ROOT, path)));
    }
  }
}

/** DVC leaves the worker of its queue running, which looks for more in this folder for a minute: ends it, and waits for that. */
async function stopWorker(project: Project): Promise<void> {
  await project.must("dvc", "queue", "stop");
  const alive =
    "grep -qs '^State:.[^Z]' /proc/$(cat .dvc/tmp/exps/celery/dvc-exp-worker-1.pid)/status";
  await project.must("sh", "-c", `while ${alive}; do sleep 0.1; done`);
}

Deno.test("deno task recipe", async (t) => {
  await inFolder(async (folder) => {
    const project = new Project(folder);
    project.write("params.yaml", committed);
    project.write("dvc.yaml", PIPELINE);
    await copyRecipes(project);
    const recipe = (...args: string[]) => project.run(...command(...args));
    const params = () => project.read("params.yaml");

    await t.step("--list: a line each, and what is not as published", async () => {
      const { code, stdout } = await recipe("--list");
      assertEquals(code, 0);
      const lines = stdout.split("\n");
      const end = lines.indexOf("");
      assertEquals(end, 12);
      assertEquals(
        lines.find((line) => line.startsWith("sintel-raw-l1 ")),
        "sintel-raw-l1        Sintel, pre-training on the raw movie, L1 baseline | Lifshitz & Raviv, arXiv 2011.14814; " +
          "Liu et al. (ARFlow), CVPR 2020 | needs the raw movie as archives/frames, MPI Sintel (download.sources sintel)",
      );
      assertEquals(lines[end + 1], "Not as published:");
      assertStringIncludes(
        stdout,
        "- nothing is squeezed in the second pass; published are factors from 0.86 to 1.16\n  (sintel-l1, sintel-unrolled)\n",
      );
    });

    await t.step("--dry-run and --check show what differs, and write nothing", async () => {
      const dry = await recipe("sintel-unrolled", "--dry-run");
      assertEquals(dry.code, 0);
      assertMatch(dry.stdout, /^train\.crop +128 -> \[384, 832\]$/m);
      assertMatch(
        dry.stdout,
        /^39 of the 72 parameters of sintel-unrolled would be new in params/m,
      );
      const check = await recipe("sintel-unrolled", "--check");
      assertEquals(check.code, 1);
      assertMatch(check.stdout, /\n39 of the 72 parameters of sintel-unrolled differ\.\n$/);
      assertEquals(params(), committed);
    });

    await t.step("NAME writes, says what is needed, and then --check finds nothing", async () => {
      const written = await recipe("sintel-unrolled");
      assertEquals(written.code, 0, written.stderr);
      assertMatch(written.stdout, /^train\.edge_alpha +3 -> 50$/m);
      assertMatch(
        written.stdout,
        /^download\.sources +\[middlebury_sample, .*\] -> \[sintel, frames\]$/m,
      );
      assertStringIncludes(written.stdout, "\nNeeds: the raw movie as archives/frames, MPI Sintel");
      assertStringIncludes(written.stdout, "\nNot as published: nothing is squeezed");
      assertEquals(parse(params()).train.edge_alpha, 50);
      const check = await recipe("sintel-unrolled", "--check");
      assertEquals(
        [check.code, check.stdout],
        [0, "params.yaml has all parameters of sintel-unrolled.\n"],
      );
      const other = await recipe("sintel-l1", "--check");
      assertEquals(other.stdout.split("\n"), [
        "train.smoothness  unrolled -> l1",
        "train.edge_alpha  50 -> 10",
        "train.w_smooth    1 -> 50",
        "3 of the 72 parameters of sintel-l1 differ.",
        "",
      ]);
      project.write("params.yaml", committed);
    });

    await t.step("what cannot be used is named, and params.yaml stays", async () => {
      const cases: [string[], number, string][] = [
        [
          ["sintel"],
          1,
          'There is no recipe "sintel". Did you mean sintel-l1? All of them: deno task',
        ],
        [["parts/published"], 1, 'There is no recipe "parts/published".'],
        [[], 2, "One recipe is needed, got 0.\ndeno task recipe NAME"],
        [["sintel-l1", "kitti-l1"], 2, "One recipe is needed, got 2.\n"],
        [["sintel-l1", "--lst"], 2, "Unknown argument --lst.\n"],
        [["sintel-l1", "--list"], 2, "--list takes no name, got sintel-l1.\n"],
        [["sintel-l1", "--check", "--dry-run"], 2, "--dry-run and --check: one of them, please.\n"],
      ];
      for (const [args, status, message] of cases) {
        const { code, stderr } = await recipe(...args);
        assertEquals(code, status, stderr);
        assert(stderr.startsWith(message), stderr);
      }
      project.write("params.yaml", committed.replace("  steps: 1000\n", "  steps: many\n"));
      const broken = await recipe("sintel-l1");
      assertEquals(broken.code, 1);
      assertStringIncludes(
        broken.stderr,
        'train.steps must be an integer from 1 to 10000000, got "many"',
      );
      assertStringIncludes(params(), "  steps: many\n");
      project.write("params.yaml", committed);
    });

    await t.step(
      "--arguments queues it as an experiment of DVC, lists and groups and all, and another value behind it",
      async () => {
        await project.must("git", "init", "--quiet", "--initial-branch=main");
        await project.must("dvc", "init", "--quiet");
        await project.must("dvc", "repro", "--quiet");
        await project.commit("An experiment");
        const words = command("kitti-unrolled", "--arguments").map((word) => `'${word}'`).join(" ");
        await project.must(
          "sh",
          "-c",
          `(${words}; echo -S train.second_pass.w_ar=0.5) | xargs dvc exp run --queue -n queued -S train.seed=2`,
        );
        assertEquals(params(), committed);
        await project.must("dvc", "exp", "run", "--run-all");
        await stopWorker(project);
        await project.must("dvc", "exp", "apply", "queued");
        assertEquals(parse(params()).train.seed, 2);
        assertEquals(parse(params()).pretrain.crop, [256, 832]);
        const { second_pass: pass, augmentation, later_loss } = parse(params()).train;
        assertEquals([pass.w_ar, pass.mirror, pass.relative_translation], [0.5, false, 0.0025]);
        assertEquals([augmentation.passes, later_loss], ["second", "none"]);
        const trained = parse(project.read("trained.yaml"));
        assertEquals(trained, parse(params()));
        const check = await recipe("kitti-unrolled", "--check");
        assertEquals(check.stdout.split("\n").slice(0, 2), [
          "train.second_pass.w_ar  0.5 -> 0.12",
          "1 of the 72 parameters of kitti-unrolled differ.",
        ]);
      },
    );
  });
});
