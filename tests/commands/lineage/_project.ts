/**
 * A small project like this one, in a temporary folder: three stages that depend on folders of code, kernels, parameters,
 * the archive of KITTI's sample, a sweep with parameters of its own, Git and DVC; really run by DVC. Each test takes a copy and breaks something in it.
 */
import { assert } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { Git } from "../../../commands/lineage/git.ts";
import { ObjectStore } from "../../../commands/lineage/object_store.ts";

export const ROOT = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** 2 January 2026, 03:04:05; in seconds, which the Git inside DVC understands too. */
const DATE = "1767323045 +0000";
const ARCHIVE = "kitti2015_sample.zip";

const FILES: Record<string, string> = {
  "params.yaml": `download:
  sources:
    - kitti2015_sample
train:
  seed: 1
  # T
  unroll_iterations: 1
  weight_decay: 0.000001
evaluate:
  pictures: 2
`,
  "deno.lock": `{"version":"5"}\n`,
  "kernels/compute/warp.wgsl": "// warp\n",
  "kernels/smoothness/smoothness.wgsl": "// smoothness\n",
  "kernels/smoothness/huber.wgsl": "// huber\n",
  "kernels/README.md": "A table.\n",
  "sweep/params.yaml": "iterations:\n  - 0\n  - 3\n",
  "stages/common/read.ts": `/** Parameters. */
export const readParams = () => Deno.readTextFileSync("params.yaml");
`,
  "pipeline/common/rng.ts":
    `/** Numbers. */\nexport const next = (seed: number) => (seed * 48271) % 2147483647;\n`,
  "stages/download/download.ts": `/** Copies. */
Deno.mkdirSync("results/download", { recursive: true });
Deno.copyFileSync("data/${ARCHIVE}", "results/download/${ARCHIVE}");
Deno.writeTextFileSync(
  "results/download/manifest.json",
  JSON.stringify({
    sources: [{
      name: "kitti2015_sample",
      title: "KITTI",
      dataset: "kitti2015",
      layout: "kitti",
      page: "",
      licence: "",
      citation: "",
      archives: [],
    }],
  }),
);
`,
  "stages/train/train.ts": `/** "Trains". */
import smoothness from "../../kernels/smoothness/smoothness.wgsl" with { type: "text" };
import { next } from "../../pipeline/common/rng.ts";
import { readParams } from "../common/read.ts";
const params = readParams();
const iterations = Number(/unroll_iterations: (\\d+)/.exec(params)![1]);
Deno.mkdirSync("results/train/pictures/curves", { recursive: true });
const section = /^train:\\n((?: {2}.*\\n)+)/m.exec(params)![1];
const made = [...section.matchAll(/^ {2}(\\w+): (\\S+)$/gm)].map(([, key, value]) => [key, Number(value)]);
const data = new TextEncoder().encode(smoothness + next(iterations));
const header = new TextEncoder().encode(JSON.stringify({
  __metadata__: { made_by: JSON.stringify({ train: Object.fromEntries(made) }) },
  weights: { dtype: "U8", shape: [data.length], data_offsets: [0, data.length] },
}));
const length = new Uint8Array(8);
new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
Deno.writeFileSync("results/train/model.safetensors", Uint8Array.from([...length, ...header, ...data]));
Deno.writeTextFileSync("results/train/loss.tsv", "step\\ttotal\\n1\\t0.5\\n2\\t0.25\\n");
Deno.writeTextFileSync("results/train/pictures/curves/a.png", "a");
Deno.writeTextFileSync("results/train/pictures/b.png", "b");
Deno.writeTextFileSync(
  "results/train/adapter.json",
  '{"backend": "vulkan", "vendor": "toys", "architecture": "", "device": "0", ' +
    '"description": "toy adapter", "fallback": true, "subgroupsOfEight": false, "seed": 1}\\n',
);
`,
  "stages/evaluate/evaluate.ts": `/** "Evaluates". */
import warp from "../../kernels/compute/warp.wgsl" with { type: "text" };
import { next } from "../../pipeline/common/rng.ts";
const model = Deno.readTextFileSync("results/train/model.safetensors");
const epe = next(model.length + warp.length + Number(/\\d+$/.exec(model)![0])) % 1000 / 1000;
Deno.mkdirSync("results/evaluate", { recursive: true });
const scenes = { epe_px: (3 * 0.75 + epe) / 4, epe_image_mean_px: (0.75 + epe) / 2, pairs_count: 2 };
const sintel = { epe_px: 1.5, epe_image_mean_px: 1.5, pairs_count: 1 };
const written = JSON.parse(/"made_by":("(?:[^"\\\\]|\\\\.)*")/.exec(model)![1]);
const pictures = Number(/pictures: (\\d+)/.exec(Deno.readTextFileSync("params.yaml"))![1]);
const metrics = { scenes, sintel, made_by: { ...JSON.parse(written), evaluate: { pictures } } };
Deno.writeTextFileSync("results/evaluate/metrics.json", JSON.stringify(metrics, null, 2) + "\\n");
Deno.writeTextFileSync(
  "results/evaluate/pairs.tsv",
  [
    ["dataset", "pair", "pixels_all_count", "epe_px"],
    ["scenes", "scene_0001", 100, epe],
    ["scenes", "scene_0002", 300, 0.75],
    ["sintel", "market_5/frame_0002", 700, 1.5],
  ].map((row) => row.join("\\t") + "\\n").join(""),
);
`,
  "dvc.yaml": `stages:
  download:
    cmd: deno run --no-prompt --allow-read=archives,data,results/download --allow-write=results/download
      stages/download/download.ts
    params: [download]
    deps: [archives, data, stages/download]
    outs: [results/download: {push: false}]
  train:
    cmd: deno run --no-prompt --allow-read=params.yaml,results/download,results/train --allow-write=results/train
      stages/train/train.ts
    params: [train]
    deps: [deno.lock, kernels, pipeline/common, stages/common, stages/train,
      results/download/kitti2015_sample.zip, results/download/manifest.json]
    outs:
      - results/train/adapter.json: {cache: false}
      - results/train/loss.tsv: {cache: false}
      - results/train/model.safetensors
      - results/train/pictures
  evaluate:
    cmd: deno run --no-prompt --allow-read=params.yaml,results/train/model.safetensors,results/evaluate
      --allow-write=results/evaluate stages/evaluate/evaluate.ts
    params: [evaluate]
    deps: [deno.lock, kernels/compute, pipeline/common, stages/evaluate, results/train/model.safetensors]
    outs:
      - results/evaluate/metrics.json: {cache: false}
      - results/evaluate/pairs.tsv: {cache: false}
metrics:
  - results/evaluate/metrics.json
`,
  "sweep/dvc.yaml": `stages:
  cell:
    wdir: ..
    matrix:
      iterations: \${iterations}
      kind: [l1, tv]
    cmd: mkdir -p results/sweep/cells/\${item.iterations}_\${item.kind} &&
      cp results/train/loss.tsv results/sweep/cells/\${item.iterations}_\${item.kind}/loss.tsv
    params:
      - params.yaml: [train.seed]
      - sweep/params.yaml: [iterations]
    deps: [kernels/compute, results/train/loss.tsv]
    outs: ["results/sweep/cells/\${item.iterations}_\${item.kind}"]
  compare:
    wdir: ..
    cmd: cat results/sweep/cells/*/loss.tsv > results/sweep/all.tsv
    deps: [pipeline/common, results/sweep/cells]
    outs: [results/sweep/all.tsv: {cache: false}]
`,
  ".dvc/config": `[core]
    analytics = false
    autostage = false
    remote = embedded
['remote "embedded"']
    url = ../.data-remote
`,
  ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
  // Notes beside the code, which neither stages nor DVC see.
  ".dvcignore": "/.data-remote\n*.note.md\n/archives/README.md\n",
  ".gitignore": "/archives/*\n!/archives/README.md\n",
  "archives/README.md": "Own archives.\n",
  "kernels/compute/warp.note.md": "Look up the paper.\n",
  "LICENSE": "Apache License\nVersion 2.0\n",
  "requirements.txt": "dvc==3.67.1\ndeno==2.9.8\n",
};

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class Project {
  constructor(readonly folder: string) {}

  get git(): Git {
    return new Git(this.folder);
  }

  async run(command: string, ...args: string[]): Promise<CommandResult> {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args,
      cwd: this.folder,
      env: {
        GIT_AUTHOR_NAME: "tests",
        GIT_AUTHOR_EMAIL: "tests@localhost",
        GIT_AUTHOR_DATE: DATE,
        GIT_COMMITTER_NAME: "tests",
        GIT_COMMITTER_EMAIL: "tests@localhost",
        GIT_COMMITTER_DATE: DATE,
        // Newer Gits would tidy up in the background, in a folder that is being copied or removed meanwhile.
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "maintenance.auto",
        GIT_CONFIG_VALUE_0: "false",
      },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  }

  /** As `run`, and fails the test when the command does. */
  async must(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, ...args);
    assert(code === 0, `${command} ${args.join(" ")} exited with ${code}: ${stdout}${stderr}`);
    return stdout;
  }

  path(path: string): string {
    return join(this.folder, path);
  }

  read(path: string): string {
    return Deno.readTextFileSync(this.path(path));
  }

  /** Replaces the file whole, so that a link into DVC's cache is not written through. */
  write(path: string, text: string): void {
    Deno.mkdirSync(join(this.path(path), ".."), { recursive: true });
    try {
      Deno.removeSync(this.path(path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    Deno.writeTextFileSync(this.path(path), text);
  }

  edit(path: string, from: string, to: string): void {
    const before = this.read(path);
    assert(before.includes(from), `${path} does not contain ${from}`);
    this.write(path, before.replace(from, to));
  }

  async commit(subject: string): Promise<void> {
    await this.must("git", "add", "--all");
    await this.must("git", "commit", "--quiet", "--message", subject);
  }
}

/** The project after its first run, everything committed. */
async function build(folder: string): Promise<Project> {
  const project = new Project(folder);
  for (const [path, text] of Object.entries(FILES)) project.write(path, text);
  await copyArchive(project);
  await project.must("git", "init", "--quiet", "--initial-branch=main");
  await project.must("dvc", "add", "--quiet", "data");
  await project.commit("Code");
  await project.must("dvc", "repro", "--quiet", "--no-run-cache");
  await project.must("dvc", "push", "--quiet");
  await project.commit("Results");
  return project;
}

/** Lays out the embedded archive of KITTI as the folder data. */
export async function copyArchive(project: Project): Promise<void> {
  const pinned = /md5: (\w+\.dir)/.exec(Deno.readTextFileSync(join(ROOT, "data.dvc")))![1];
  const objects = await ObjectStore.open(ROOT);
  const entry = (await objects.entries(pinned))!.find(({ relpath }) => relpath === ARCHIVE)!;
  Deno.mkdirSync(project.path("data"));
  Deno.copyFileSync((await objects.path(entry.md5))!, project.path(`data/${ARCHIVE}`));
  project.write("data/README.md", "The sample.\n");
}

/** Runs a test body with a way to get fresh copies of the project; all are removed afterwards. */
export async function withProject(
  body: (fresh: () => Promise<Project>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const original = await build(join(folder, "original"));
    let count = 0;
    await body(async () => {
      const copy = join(folder, `copy_${count++}`);
      await original.must("cp", "-a", original.folder, copy);
      return new Project(copy);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
