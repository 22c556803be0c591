/**
 * What a cluster sees of a project: a bare Git repository, a folder that DVC shares, and the clone of somebody who submits.
 * The experiment has our parameters, a stage whose output nobody pushes, and one that waits at T = 3 for a gate to open.
 */
import { join } from "@std/path";
import { Project, ROOT } from "../lineage/_project.ts";

const FILES = (gate: string): Record<string, string> => ({
  "params.yaml": Deno.readTextFileSync(join(ROOT, "params.yaml")),
  "models/params.yaml": Deno.readTextFileSync(join(ROOT, "models/params.yaml")),
  "run": '#!/bin/sh\nexec "$@"\n',
  "data/numbers.txt": "2\n",
  "stages/preprocess/preprocess.ts": `/** Doubles. */
const number = Number(Deno.readTextFileSync("data/numbers.txt"));
Deno.mkdirSync("results/preprocess", { recursive: true });
Deno.writeTextFileSync("results/preprocess/number.txt", String(2 * number));
`,
  "stages/train/train.ts":
    `/** Multiplies by T, and waits at T = 3, from where it goes on after a break. */
const saved = "checkpoints/train.safetensors";
Deno.mkdirSync("checkpoints", { recursive: true });
if ([...Deno.readDirSync("checkpoints")].length > 0) {
  Deno.writeTextFileSync("${gate}/resumed", Deno.readTextFileSync(saved));
}
Deno.addSignalListener("SIGINT", () => {
  Deno.writeTextFileSync(saved, "half of the way");
  Deno.exit(130);
});
const iterations = Number(/unroll_iterations: (\\d+)/.exec(
  Deno.readTextFileSync("params.yaml").split("\\ntrain:")[1])![1]);
const number = Number(Deno.readTextFileSync("results/preprocess/number.txt"));
if (iterations === 3) {
  Deno.writeTextFileSync("${gate}/reached", "");
  const isOpen = () => [...Deno.readDirSync("${gate}")].some(({ name }) => name === "open");
  while (!isOpen()) await new Promise((resolve) => setTimeout(resolve, 100));
}
Deno.mkdirSync("results/train", { recursive: true });
Deno.writeTextFileSync("results/train/metrics.json", JSON.stringify({ product: number * iterations }));
Deno.writeTextFileSync("results/train/model.txt", "model of T = " + iterations);
Deno.exit(0); // the listener would wait for ever
`,
  "dvc.yaml": `stages:
  preprocess:
    cmd: deno run --no-prompt --allow-read=. --allow-write=results/preprocess stages/preprocess/preprocess.ts
    deps:
      - archives
      - data
      - stages/preprocess
    outs:
      - results/preprocess:
          push: false
  train:
    cmd: deno run --no-prompt --allow-read=.,${gate} --allow-write=results/train,checkpoints,${gate} stages/train/train.ts
    params:
      - train
    deps:
      - results/preprocess
      - stages/train
    outs:
      - results/train/metrics.json:
          cache: false
      - results/train/model.txt
metrics:
  - results/train/metrics.json
`,
  "deno.json": `{ "nodeModulesDir": "none" }\n`,
  ".dvc/config": `[core]
    analytics = false
    remote = embedded
['remote "embedded"']
    url = ../.data-remote
`,
  ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
  ".dvcignore": "/.data-remote\n/.cache\n/archives/README.md\n",
  ".gitignore": "/.cache\n/checkpoints\n/archives/*\n!/archives/README.md\n",
  "archives/README.md": "Own archives.\n",
});

export class Experiment {
  /** The bare repository. */
  readonly origin: string;
  readonly submitter: Project;
  /** DVC's remote that all machines reach. */
  readonly shared: string;
  readonly #gate: string;

  constructor(readonly folder: string) {
    this.origin = join(folder, "origin.git");
    this.submitter = new Project(join(folder, "submitter"));
    this.shared = join(folder, "shared");
    this.#gate = join(folder, "gate");
  }

  /** Run once at T = 1, results committed and pushed. */
  async build(): Promise<void> {
    const { submitter } = this;
    Deno.mkdirSync(this.#gate);
    Deno.mkdirSync(submitter.folder);
    for (const [path, text] of Object.entries(FILES(this.#gate))) submitter.write(path, text);
    Deno.chmodSync(submitter.path("run"), 0o755);
    await submitter.must("git", "init", "--quiet", "--initial-branch=main");
    await submitter.must("git", "init", "--quiet", "--bare", "--initial-branch=main", this.origin);
    // A folder's relative path must do as well as an address.
    await submitter.must("git", "remote", "add", "origin", "../origin.git");
    await submitter.must("dvc", "add", "--quiet", "data");
    await submitter.must("dvc", "repro", "--quiet");
    await submitter.must("dvc", "push", "--quiet");
    await submitter.commit("An experiment");
    await submitter.must("git", "push", "--quiet", "--set-upstream", "origin", "main");
    await submitter.must("dvc", "remote", "add", "--quiet", "--local", "shared", this.shared);
  }

  get isAtGate(): boolean {
    return [...Deno.readDirSync(this.#gate)].some(({ name }) => name === "reached");
  }

  /** As if no stage had come to the gate yet. */
  forgetArrival(): void {
    Deno.removeSync(join(this.#gate, "reached"));
  }

  /** What a stage that went on after a break found. */
  get resumedFrom(): string | undefined {
    const found = [...Deno.readDirSync(this.#gate)].some(({ name }) => name === "resumed");
    return found ? Deno.readTextFileSync(join(this.#gate, "resumed")) : undefined;
  }

  openGate(): void {
    Deno.writeTextFileSync(join(this.#gate, "open"), "");
  }

  /** Names of the experiments that arrived. */
  async arrived(): Promise<string[]> {
    const refs = await this.submitter.must("git", "ls-remote", this.origin, "refs/exps/*");
    return refs.split("\n").flatMap((line) => /\/([\w-]+)$/.exec(line)?.[1] ?? []).sort();
  }
}
