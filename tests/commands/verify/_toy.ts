/**
 * A toy experiment with the shape and the contract of this project: three stages in TypeScript that depend on folders of code,
 * a kernel, a module, pinned data, a sweep, a tiny profile; really run by DVC. Each test breaks a copy.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseDocument } from "yaml";
import { type Stage, stageCommand } from "../../../commands/contract.ts";
import { type CommandResult, Project, ROOT } from "../lineage/_project.ts";

const FILES: Record<string, string> = {
  "params.yaml": `preprocess:
  rows: 6
fit:
  steps: 50
  rate: 0.25
score:
  digits: 6
`,
  "sweep/params.yaml": `rates:
  - 0.5
  - 0.75
`,
  "data/raw.tsv": "1\n4\n9\n16\n25\n36\n",
  "data/README.md": "Squares.\n",
  "kernels/scale/scale.wgsl": "// 0.5\n",
  "pipeline/common/fit.ts": `/** Moves towards the mean. */
export function fit(values: number[], start: number, steps: number, rate: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let estimate = start;
  for (let step = 0; step < steps; step++) estimate += rate * (mean - estimate);
  return estimate;
}
`,
  "stages/preprocess/preprocess.ts": `/** Takes the first rows. */
const rows = Number(/rows: (\\d+)/.exec(Deno.readTextFileSync("params.yaml"))![1]);
const lines = Deno.readTextFileSync("data/raw.tsv").split("\\n").slice(0, rows);
for (const { name } of Deno.readDirSync("archives")) {
  if (name === "own.tsv") lines.push(Deno.readTextFileSync("archives/own.tsv").trim());
}
Deno.mkdirSync("results/preprocess", { recursive: true });
Deno.writeTextFileSync("results/preprocess/rows.tsv", lines.join("\\n") + "\\n");
`,
  "stages/fit/fit.ts": `/** Fits. */
import kernel from "../../kernels/scale/scale.wgsl" with { type: "text" };
import { fit } from "../../pipeline/common/fit.ts";
const text = Deno.readTextFileSync("params.yaml");
const steps = Number(/steps: (\\d+)/.exec(text)![1]);
const rate = Number(/rate: ([\\d.]+)/.exec(text)![1]);
const rows = Deno.readTextFileSync("results/preprocess/rows.tsv").trim().split("\\n").map(Number);
const scale = Number(kernel.slice(3));
Deno.mkdirSync("results/fit/pictures", { recursive: true });
Deno.writeTextFileSync("results/fit/model.json", JSON.stringify({ estimate: fit(rows, 0, steps, rate) * scale }));
Deno.writeTextFileSync("results/fit/pictures/plain.svg", "<svg/>");
Deno.writeTextFileSync("results/fit/pictures/rows.svg", \`<svg>\${rows.join(" ")}</svg>\`);
Deno.writeTextFileSync("results/fit/adapter.json", '{"backend": "vulkan", "vendor": "toys", "architecture": "", ' +
  '"device": "0", "description": "toy adapter 1", "fallback": true, "subgroupsOfEight": false}\\n');
`,
  "stages/score/score.ts": `/** Scores. */
import kernel from "../../kernels/scale/scale.wgsl" with { type: "text" };
const { estimate } = JSON.parse(Deno.readTextFileSync("results/fit/model.json"));
const digits = Number(/digits: (\\d+)/.exec(Deno.readTextFileSync("params.yaml"))![1]);
Deno.mkdirSync("results/score", { recursive: true });
const scores = { rows_count: 6, epe_px: Number(Math.abs(estimate - kernel.length).toPrecision(digits)) };
Deno.writeTextFileSync("results/score/metrics.json", JSON.stringify({ scenes: scores, made_by: { score: { digits } } }, null, 2) + "\\n");
`,
  "tools/tiny_profile.ts": `/** Shrinks params.yaml. */
const text = Deno.readTextFileSync("params.yaml");
Deno.writeTextFileSync("params.yaml", text.replace("steps: 50", "steps: 3"));
`,
  "dvc.yaml": `stages:
  preprocess:
    cmd: generated
    params: [preprocess]
    deps: [deno.lock, stages/preprocess, archives, data]
    outs: [results/preprocess: {push: false}]
  fit:
    cmd: generated
    params: [fit]
    deps: [deno.lock, kernels/scale, pipeline/common, stages/fit, results/preprocess]
    outs:
      - results/fit/adapter.json: {cache: false}
      - results/fit/model.json
      - results/fit/pictures
  score:
    cmd: generated
    params: [score]
    deps: [deno.lock, kernels, stages/score, results/fit/model.json]
    outs:
      - results/score/metrics.json: {cache: false}
metrics:
  - results/score/metrics.json
`,
  "sweep/dvc.yaml": `stages:
  cells:
    wdir: ..
    matrix:
      rate: \${rates}
    cmd: stages/sweep/cell.ts \${item.rate}
    params:
      - params.yaml: [fit.steps]
    deps: [deno.lock, pipeline/common, stages/sweep/cell.ts, results/preprocess]
    outs: ["results/sweep/cells/rate_\${item.rate}"]
  compare:
    wdir: ..
    cmd: stages/sweep/compare.ts
    deps: [deno.lock, stages/sweep/compare.ts, results/sweep/cells]
    outs: [results/sweep/all.txt: {cache: false}]
`,
  "stages/sweep/cell.ts": `/** Fits with one rate. */
import { fit } from "../../pipeline/common/fit.ts";
const [rate] = Deno.args;
const steps = Number(/steps: (\\d+)/.exec(Deno.readTextFileSync("params.yaml"))![1]);
const rows = Deno.readTextFileSync("results/preprocess/rows.tsv").trim().split("\\n").map(Number);
const folder = \`results/sweep/cells/rate_\${rate}\`;
Deno.mkdirSync(folder, { recursive: true });
Deno.writeTextFileSync(\`\${folder}/estimate.txt\`, String(fit(rows, 0, steps, Number(rate))) + "\\n");
`,
  "stages/sweep/compare.ts": `/** The estimates of all rates. */
const folders = [...Deno.readDirSync("results/sweep/cells")].filter(({ isDirectory }) => isDirectory);
const names = folders.map(({ name }) => name).sort();
const read = (name: string) => Deno.readTextFileSync(\`results/sweep/cells/\${name}/estimate.txt\`);
Deno.writeTextFileSync("results/sweep/all.txt", names.map(read).join(""));
`,
  "tools/lint_plugin.ts": Deno.readTextFileSync(join(ROOT, "tools/lint_plugin.ts")),
  "deno.json": `{
  "nodeModulesDir": "none",
  "lock": { "path": "deno.lock", "frozen": false },
  "lint": { "plugins": ["./tools/lint_plugin.ts"] },
  "fmt": { "lineWidth": 100, "exclude": ["*.md", "**/*.yaml", "**/*.json", "results", "stages", "tools"] },
  "exclude": [".cache"]
}
`,
  "deno.lock": `{"version":"5"}\n`,
  ".dvc/config": `[core]
    analytics = false
    remote = embedded
['remote "embedded"']
    url = ../.data-remote
    verify = true
`,
  ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
  ".dvcignore": "/.data-remote\n/.cache\n/archives/README.md\n",
  ".gitignore": "/.cache\n/archives/*\n!/archives/README.md\n",
  "archives/README.md": "Own rows.\n",
};

export class Toy extends Project {
  /** Runs what changed, pushes, commits: what an honest contributor does. */
  async publish(subject: string): Promise<void> {
    await this.must("dvc", "repro", "--quiet", "--no-run-cache", "dvc.yaml", "sweep/dvc.yaml");
    await this.must("dvc", "push", "--quiet");
    await this.commit(subject);
  }

  /** Gives each stage the command that its deps, params and outs ask for. */
  declare(): void {
    for (const path of ["dvc.yaml", "sweep/dvc.yaml"]) {
      const document = parseDocument(this.read(path));
      const { stages } = document.toJS() as { stages: Record<string, Stage> };
      for (const [name, stage] of Object.entries(stages)) {
        document.setIn(["stages", name, "cmd"], stageCommand(name, stage, []));
      }
      this.write(path, document.toString({ lineWidth: 0 }));
    }
  }

  async remove(): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Runs a test body with a way to get fresh copies of the published toy; all are removed afterwards. */
export async function withToy(body: (fresh: () => Promise<Toy>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const original = new Toy(join(folder, "original"));
    for (const [path, text] of Object.entries(FILES)) original.write(path, text);
    await original.must("git", "init", "--quiet", "--initial-branch=main");
    await original.must("dvc", "add", "--quiet", "data");
    original.declare();
    await original.publish("The toy");
    let count = 0;
    await body(async () => {
      const copy = join(folder, `copy_${count++}`);
      await original.must("cp", "-a", original.folder, copy);
      return new Toy(copy);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The steps that a run of verify reports as failed, and what it says of each. */
export function failedSteps({ stdout }: CommandResult): Record<string, string> {
  const steps: Record<string, string> = {};
  let current: string | undefined;
  for (const line of stdout.split("\n")) {
    const match = /^\d+\/\d+ (\w+) +(ok|FAILED|NOT VERIFIED) +[\d.]+ s /.exec(line);
    if (match) current = match[2] === "FAILED" ? match[1] : undefined;
    else if (current !== undefined) steps[current] = `${steps[current] ?? ""}${line.trim()}\n`;
  }
  assert(/^\d+ of \d+ hold(, \d+ not verified)?(, \d+ not run)?\.$/m.test(stdout), stdout);
  return steps;
}

/** Steps that compute nothing. */
export const CHEAP = ["--only", "lock", "--only", "pushed", "--only", "contract"];

/** That these steps fail and no others, and that each names what it should. */
export function assertNamed(
  result: CommandResult,
  expected: Record<string, (string | RegExp)[]>,
): void {
  const failed = failedSteps(result);
  assertEquals(Object.keys(failed).sort(), Object.keys(expected).sort(), result.stdout);
  assertEquals(result.code, Object.keys(expected).length === 0 ? 0 : 1);
  for (const [step, patterns] of Object.entries(expected)) {
    for (const pattern of patterns) {
      if (typeof pattern === "string") assertStringIncludes(failed[step], pattern);
      else assertMatch(failed[step], pattern);
    }
  }
}

type Fault = (name: string, test: (toy: Toy) => Promise<void>) => Promise<unknown>;

/** Runs a test body with a way to plant a fault in a copy of the toy of its own, each a step. */
export async function withFaults(
  t: Deno.TestContext,
  body: (fault: Fault) => Promise<void>,
): Promise<void> {
  await withToy((fresh) =>
    body((name, test) =>
      t.step(name, async () => {
        const toy = await fresh();
        await test(toy);
        await toy.remove();
      })
    )
  );
}
