/**
 * A toy experiment with the shape and the contract of this project: three stages in TypeScript, a kernel, a module,
 * pinned data, a tiny profile; dvc.yaml completed by our generator and really run by DVC. Each test breaks a copy.
 */
import { assert } from "@std/assert";
import { join } from "@std/path";
import { type CommandResult, Project } from "../lineage/_project.ts";
import { writeDependencies } from "../_tasks.ts";

const FILES: Record<string, string> = {
  "params.yaml": `prepare:
  rows: 6
fit:
  steps: 50
  rate: 0.25
score:
  digits: 6
sweep:
  rates:
    - 0.5
`,
  "data/raw.tsv": "1\n4\n9\n16\n25\n36\n",
  "data/README.md": "Squares.\n",
  "kernels/scale.wgsl": "// 0.5\n",
  "pipeline/fit.ts": `/** Moves towards the mean. */
export function fit(values: number[], start: number, steps: number, rate: number): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let estimate = start;
  for (let step = 0; step < steps; step++) estimate += rate * (mean - estimate);
  return estimate;
}
`,
  "stages/prepare.ts": `/** Takes the first rows. */
const rows = Number(/rows: (\\d+)/.exec(Deno.readTextFileSync("params.yaml"))![1]);
const lines = Deno.readTextFileSync("data/raw.tsv").split("\\n").slice(0, rows);
Deno.mkdirSync("results/prepare", { recursive: true });
Deno.writeTextFileSync("results/prepare/rows.tsv", lines.join("\\n") + "\\n");
`,
  "stages/fit.ts": `/** Fits. */
import kernel from "../../kernels/scale.wgsl" with { type: "text" };
import { fit } from "../../pipeline/fit.ts";
const text = Deno.readTextFileSync("params.yaml");
const steps = Number(/steps: (\\d+)/.exec(text)![1]);
const rate = Number(/rate: ([\\d.]+)/.exec(text)![1]);
const rows = Deno.readTextFileSync("results/prepare/rows.tsv").trim().split("\\n").map(Number);
const scale = Number(kernel.slice(3));
Deno.mkdirSync("results/fit/pictures", { recursive: true });
Deno.writeTextFileSync("results/fit/model.json", JSON.stringify({ estimate: fit(rows, 0, steps, rate) * scale }));
Deno.writeTextFileSync("results/fit/pictures/plain.svg", "<svg/>");
Deno.writeTextFileSync("results/fit/pictures/rows.svg", \`<svg>\${rows.join(" ")}</svg>\`);
Deno.writeTextFileSync("results/fit/adapter.json", '{"description": "toy adapter 1"}\\n');
`,
  "stages/score.ts": `/** Scores. */
import kernel from "../../kernels/scale.wgsl" with { type: "text" };
const { estimate } = JSON.parse(Deno.readTextFileSync("results/fit/model.json"));
const digits = Number(/digits: (\\d+)/.exec(Deno.readTextFileSync("params.yaml"))![1]);
Deno.mkdirSync("results/score", { recursive: true });
const scores = { rows_count: 6, epe_px: Number(Math.abs(estimate - kernel.length).toPrecision(digits)) };
Deno.writeTextFileSync("results/score/metrics.json", JSON.stringify({ scenes: scores }, null, 2) + "\\n");
`,
  "tools/tiny_profile.ts": `/** Shrinks FILE. */
const text = Deno.readTextFileSync(Deno.args[0]);
Deno.writeTextFileSync(Deno.args[0], text.replace("steps: 50", "steps: 3"));
`,
  "dvc.yaml": `stages:
  prepare:
    cmd: generated
    params:
      - prepare
    deps:
      - data
    outs:
      - results/prepare:
          push: false
  fit:
    cmd: generated
    params:
      - fit
    deps:
      - results/prepare
    outs:
      - results/fit/adapter.json:
          cache: false
      - results/fit/model.json
      - results/fit/pictures
  score:
    cmd: generated
    params:
      - score
    deps:
      - results/fit/model.json
    outs:
      - results/score/metrics.json:
          cache: false
metrics:
  - results/score/metrics.json
`,
  "sweep/dvc.yaml": `vars:
  - ../params.yaml
stages:
  cells:
    wdir: ..
    matrix:
      rate: \${sweep.rates}
    cmd: stages/sweep_cell.ts \${item.rate}
    params:
      - fit.steps
    deps:
      - results/prepare
    outs:
      - results/sweep/rate_\${item.rate}.json
`,
  "stages/sweep_cell.ts": `/** Fits with one rate. */
import { fit } from "../../pipeline/fit.ts";
const [rate] = Deno.args;
const steps = Number(/steps: (\\d+)/.exec(Deno.readTextFileSync("params.yaml"))![1]);
const rows = Deno.readTextFileSync("results/prepare/rows.tsv").trim().split("\\n").map(Number);
Deno.mkdirSync("results/sweep", { recursive: true });
Deno.writeTextFileSync(\`results/sweep/rate_\${rate}.json\`, String(fit(rows, 0, steps, Number(rate))));
`,
  "deno.json": `{ "nodeModulesDir": "none", "lock": { "path": "deno.lock" } }\n`,
  "deno.lock": `{"version":"5"}\n`,
  ".dvc/config": `[core]
    analytics = false
    remote = embedded
['remote "embedded"']
    url = ../.data-remote
    verify = true
`,
  ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
  ".dvcignore": "/.data-remote\n/.cache\n",
  ".gitignore": "/.cache\n",
};

export class Toy extends Project {
  /** Runs what changed, pushes, commits: what an honest contributor does. */
  async publish(subject: string): Promise<void> {
    await this.must("dvc", "repro", "--quiet", "--no-run-cache", "dvc.yaml", "sweep/dvc.yaml");
    await this.must("dvc", "push", "--quiet");
    await this.commit(subject);
  }

  /** Our `deno task deps`. */
  async declare(): Promise<void> {
    const { code, stderr } = await writeDependencies(this);
    assert(code === 0, stderr);
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
    await original.declare();
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
    const match = /^\d+\/\d+ (\w+) +(ok|FAILED) +[\d.]+ s /.exec(line);
    if (match) current = match[2] === "FAILED" ? match[1] : undefined;
    else if (current !== undefined) steps[current] = `${steps[current] ?? ""}${line.trim()}\n`;
  }
  assert(/^\d+ of \d+ hold(, \d+ not run)?\.$/m.test(stdout), stdout);
  return steps;
}
