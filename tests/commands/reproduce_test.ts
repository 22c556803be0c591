/**
 * commands/reproduce.ts with a made-up dvc, in a folder that has what a clone has: its exit status, what of DVC's output
 * arrives, and that a stage still has a terminal and gets Ctrl-C.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { commandOf, decoded, linkPrograms, waitUntil } from "./reproduce/_program.ts";

const LOCK = `schema: '2.0'
stages:
  train:
    cmd: train
    outs:
    - path: results/train/model
`;

class Clone {
  constructor(readonly folder: string) {
    linkPrograms(folder);
    Deno.mkdirSync(join(folder, "bin"));
    this.write("dvc.lock", LOCK);
    this.write("dvc.yaml", "stages:\n  train:\n    cmd: train\n    outs: [results/train/model]\n");
    this.write("data.dvc", "outs:\n- path: data\n");
    this.write(
      "results/evaluate/summary.json",
      '{"scenes": {"epe_px": 1.306, "zero_flow_epe_px": 3.25}}',
    );
    this.write("results/direct/summary.json", '{"scenes": {"epe_px": 0.654}}');
    this.dvc({});
  }

  write(path: string, text: string): void {
    Deno.mkdirSync(join(this.folder, path, ".."), { recursive: true });
    Deno.writeTextFileSync(join(this.folder, path), text);
  }

  /** @param given the shell that `dvc pull` and `dvc repro` are; by default each does what is asked */
  dvc({ pull, repro }: { pull?: string; repro?: string }): void {
    const fetch = `mkdir -p data results/train; touch results/train/model
      echo "A       data/"; echo "A       results/train/model"; echo "2 files fetched"`;
    const same = `echo "'data.dvc' didn't change, skipping"
      echo "Stage 'train' didn't change, skipping"
      echo "Data and pipelines are up to date."`;
    Deno.writeTextFileSync(
      join(this.folder, "bin/dvc"),
      `#!/bin/sh\necho "dvc $*" >>log\ncase $1 in\npull) ${pull ?? fetch} ;;\n` +
        `repro) ${repro ?? same} ;;\nesac\n`,
      { mode: 0o755 },
    );
  }

  get log(): string {
    const path = join(this.folder, "log");
    const text = Deno.readTextFileSync(path);
    Deno.removeSync(path);
    return text;
  }

  /** The program as ./run starts it, before which `prefix` may stand. */
  start(prefix: string[] = []): Deno.ChildProcess {
    const command = [...prefix, ...commandOf("reproduce")];
    return new Deno.Command(command[0], {
      args: command.slice(1),
      cwd: this.folder,
      env: { PATH: `${join(this.folder, "bin")}:${Deno.env.get("PATH")}` },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async run() {
    return decoded(await this.start().output());
  }
}

async function inClone(test: (clone: Clone) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(new Clone(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("what DVC has fetched and could not copy ends the run by name", () =>
  inClone(async (clone) => {
    const hash = (text: string) => createHash("md5").update(text).digest("hex");
    const keep = (text: string, suffix = "") => {
      const md5 = hash(text) + suffix;
      clone.write(`.dvc/cache/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`, text);
      return md5;
    };
    const [model, a, b] = ["weights", "a", "b"].map((text) => keep(text));
    const data = keep(
      JSON.stringify([{ md5: a, relpath: "a.zip" }, { md5: b, relpath: "b.zip" }]),
      ".dir",
    );
    clone.write("data.dvc", `outs:\n- path: data\n  md5: ${data}\n`);
    const gone = `stages:\n  gone:\n    cmd: gone\n    outs:\n    - path: gone\n      md5: ${a}\n`;
    clone.write("dvc.lock", LOCK.replace("stages:\n", gone) + `      md5: ${model}\n`);
    const half = ".M5ubNZ-yxQ7vlgDyOTx6Gw.tmp";
    clone.dvc({ pull: `mkdir -p data; echo b >data/b.zip; echo >data/${half}` });
    await new Deno.Command("git", { args: ["-C", clone.folder, "init", "--quiet"] }).output();
    const { code, stderr } = await clone.run();
    assertEquals([code, clone.log], [1, "dvc pull --allow-missing\n"]);
    assertEquals(
      stderr,
      "Cannot put in its place what was fetched: data/a.zip, results/train/model. DVC says why: ./run dvc checkout\n",
    );
    assertEquals([...Deno.readDirSync(join(clone.folder, "data"))].map(({ name }) => name), [
      "b.zip",
    ]);
  }));

Deno.test("./run fetches in a fresh clone, and once only", () =>
  inClone(async (clone) => {
    const first = await clone.run();
    assertEquals(first, {
      code: 0,
      stdout: "data                 pulled\ntrain                pulled\n\n" +
        "End-point error on the test scenes: network 1.31 px, direct 0.65 px, zero flow 3.25 px\n" +
        `The page of this run: file://${clone.folder}/results/report/index.html\n` +
        "The flow of pictures of your own, by the general model: ./run deno task flow FRAME1 FRAME2\n",
      stderr: "",
    });
    assertEquals(clone.log, "dvc pull --allow-missing\ndvc repro\n");
    assertStringIncludes((await clone.run()).stdout, "train                up to date\n");
    assertEquals(clone.log, "dvc repro\n");
    // As after a git pull, and after somebody has deleted a model.
    clone.write("dvc.lock", `${LOCK}# of another commit\n`);
    await clone.run();
    assertEquals(clone.log, "dvc pull --allow-missing\ndvc repro\n");
    Deno.removeSync(join(clone.folder, "results/train/model"));
    await clone.run();
    assertEquals(clone.log, "dvc pull --allow-missing\ndvc repro\n");
  }));

Deno.test("./run shows a pull that failed whole, and stops with its status", () =>
  inClone(async (clone) => {
    clone.dvc({ pull: `echo "ERROR: no route to bucket" >&2; echo "line 2" >&2; exit 254` });
    const { code, stdout, stderr } = await clone.run();
    assertEquals([code, stdout], [254, ""]);
    assertMatch(stderr, /^ERROR: no route to bucket\nline 2\nCannot fetch .*\.\/run dvc repro\n$/);
    assertEquals(clone.log, "dvc pull --allow-missing\n");
  }));

Deno.test("./run goes on when files that DVC never saw are in the way of a pull", () =>
  inClone(async (clone) => {
    clone.dvc({
      pull: `echo "ERROR: Can't remove the following unsaved files without confirmation." >&2
        echo "/here/data/mine.zip" >&2; exit 1`,
    });
    clone.write("results/train/model", "");
    const { code, stdout, stderr } = await clone.run();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "/here/data/mine.zip\nThese files stay as they are");
    assertStringIncludes(stdout, "train                up to date\n");
  }));

Deno.test("./run shows the errors of a stage and of DVC whole, and keeps DVC's status", () =>
  inClone(async (clone) => {
    clone.dvc({
      repro: `echo "Running stage 'train':"; echo "> deno run stages/train/train.ts"
        echo "Stage train failed: no memory" >&2; echo "ERROR: failed to reproduce 'train'" >&2
        exit 255`,
    });
    const { code, stdout, stderr } = await clone.run();
    assertEquals(code, 255);
    assertMatch(stdout, /^train {16}failed, \d+s\n$/);
    assertEquals(stderr, "Stage train failed: no memory\nERROR: failed to reproduce 'train'\n");
    // Not remembered as a run that ended well.
    await clone.run();
    assertEquals(clone.log.match(/dvc pull/g)?.length, 2);
  }));

Deno.test("./run says when dvc.lock has changed", () =>
  inClone(async (clone) => {
    clone.dvc({
      repro: `echo "Running stage 'train':"; echo "> train"; echo "Updating lock file 'dvc.lock'"`,
    });
    const { stdout } = await clone.run();
    assertMatch(stdout, /^train {16}ran, \d+s\n\nEnd-point error/);
    assertStringIncludes(stdout, "dvc.lock has changed. ./run dvc metrics diff");
  }));

Deno.test("Ctrl-C reaches DVC and the stage; ./run waits for what they save", () =>
  inClone(async (clone) => {
    clone.dvc({
      repro: `echo "Running stage 'train':"; echo "> train"
        trap 'sleep 0.3; echo saved >&2; exit 255' INT
        touch started; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; done`,
    });
    // A session of its own, whose group gets the signal, as from a terminal.
    const child = clone.start(["setsid"]);
    const output = child.output();
    await waitUntil("the stage has started", () =>
      [...Deno.readDirSync(clone.folder)]
        .some(({ name }) => name === "started"));
    const kill = await new Deno.Command("kill", { args: ["-INT", "--", `-${child.pid}`] }).output();
    assert(kill.success);
    const { code, stdout, stderr } = decoded(await output);
    assertEquals(code, 255);
    assertStringIncludes(stderr, "saved");
    assertMatch(stdout, /^train {16}stopped, \d+s\n$/);
  }));

Deno.test("a stage of ./run has the terminal of ./run on its standard error", () =>
  inClone(async (clone) => {
    clone.dvc({
      repro: `echo "Running stage 'train':"; echo "> train"
        [ -t 2 ] && echo "a bar" >&2; [ -t 1 ] || echo "lines"`,
    });
    // Python is there, as DVC is; it gives the program a terminal.
    const shown = decoded(
      await clone.start(["python3", "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]).output(),
    ).stdout;
    assertStringIncludes(shown, "a bar");
    assertStringIncludes(shown, "lines");
    assertStringIncludes(shown, "Fetching what is pushed");
  }));

/** A commit of a model that DVC keeps and of metrics that only Git keeps. @returns the metrics' path */
async function commitMetrics(clone: Clone): Promise<string> {
  const metrics = "results/train/metrics.json";
  clone.write(metrics, "metrics");
  clone.write("results/train/model", "model");
  clone.write(
    "dvc.lock",
    `${LOCK}      md5: ${md5("model")}
    - path: ${metrics}
      md5: ${md5("metrics")}
`,
  );
  clone.write(".gitignore", "/results/train/model\n");
  const user = ["-c", "user.name=tests", "-c", "user.email=tests@localhost"];
  for (const args of [["init", "-q"], ["add", "-A"], [...user, "commit", "-qm", "Results"]]) {
    const { success } = await new Deno.Command("git", { args, cwd: clone.folder }).output();
    assert(success, args.join(" "));
  }
  return join(clone.folder, metrics);
}

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

Deno.test("./run brings back results that only Git keeps, where they are those of dvc.lock", () =>
  inClone(async (clone) => {
    const metrics = await commitMetrics(clone);
    await Deno.remove(metrics);
    const { code, stderr } = await clone.run();
    assertEquals([code, stderr], [
      0,
      "Missing, restored from Git: results/train/metrics.json\n",
    ]);
    assertEquals(Deno.readTextFileSync(metrics), "metrics");
    // Not the commit's, but those that were added to Git's index, after a run that is not committed.
    clone.write("results/train/metrics.json", "newer");
    clone.write(
      "dvc.lock",
      Deno.readTextFileSync(join(clone.folder, "dvc.lock")).replace(md5("metrics"), md5("newer")),
    );
    await new Deno.Command("git", { args: ["add", metrics], cwd: clone.folder }).output();
    await Deno.remove(metrics);
    assertStringIncludes(
      (await clone.run()).stderr,
      "restored from Git: results/train/metrics.json",
    );
    assertEquals(Deno.readTextFileSync(metrics), "newer");
  }));

Deno.test("./run does not call a run done whose results are missing or differ", () =>
  inClone(async (clone) => {
    const metrics = await commitMetrics(clone);
    // Of a run that is not committed: Git has other ones, and this DVC says "up to date".
    const lock = Deno.readTextFileSync(join(clone.folder, "dvc.lock"));
    clone.write("dvc.lock", lock.replace(md5("metrics"), md5("newer")));
    await Deno.remove(metrics);
    const missing = await clone.run();
    assertEquals(missing.code, 1);
    assertStringIncludes(
      missing.stderr,
      "  results/train/metrics.json is missing (stage train)\n" +
        "Make them anew with: ./run dvc repro --force --single-item train\n",
    );
    assertEquals([missing.stdout.includes("End-point"), exists(metrics)], [false, false]);
    clone.write("results/train/metrics.json", "edited");
    const edited = await clone.run();
    assertEquals(edited.code, 1);
    assertStringIncludes(
      edited.stderr,
      "  results/train/metrics.json has another content (stage train)\n",
    );
    clone.write("results/train/metrics.json", "newer");
    assertEquals((await clone.run()).code, 0);
  }));

Deno.test("./run mends every dvc.lock before it reads them, and after DVC", () =>
  inClone(async (clone) => {
    const whole = `${LOCK}      size: 0\n`;
    const sweep = whole.replace("train:", "compare:");
    clone.write("dvc.lock", whole);
    clone.write("sweep/dvc.lock", sweep);
    clone.write("models/dvc.lock", sweep);
    clone.write("models/sweep/dvc.lock", whole);
    await clone.run();
    clone.write("dvc.lock", "");
    clone.write("sweep/dvc.lock", sweep.slice(0, 40));
    clone.write("models/dvc.lock", sweep.slice(0, 40));
    clone.write("models/sweep/dvc.lock", "");
    const { code, stderr } = await clone.run();
    assertEquals(code, 0, stderr);
    assertMatch(
      stderr,
      /^dvc\.lock is empty: .*\nsweep\/dvc\.lock ends in the middle of a line: .*\nmodels\/dvc\.lock ends in .*\nmodels\/sweep\/dvc\.lock is empty: .*\n$/,
    );
    const read = (path: string) => Deno.readTextFileSync(join(clone.folder, path));
    const locks = ["dvc.lock", "sweep/dvc.lock", "models/dvc.lock", "models/sweep/dvc.lock"];
    assertEquals(locks.map(read), [whole, sweep, sweep, whole]);
    clone.dvc({ repro: `echo "schema: '2.0'" > dvc.lock; exit 255` });
    assertMatch((await clone.run()).stderr, /^dvc\.lock has no stages: DVC was stopped/);
    assertEquals(read("dvc.lock"), whole);
  }));

Deno.test("./run says how to get the embedded sample back after a failed download", () =>
  inClone(async (clone) => {
    await commitMetrics(clone);
    const repro = `echo "Running stage 'download':"; echo "> download"; exit 255`;
    clone.dvc({ repro });
    assert(!(await clone.run()).stderr.includes("data.dvc"));
    clone.dvc({ repro: `echo "# other" >> data.dvc; ${repro}` });
    assertStringIncludes(
      (await clone.run()).stderr,
      "  git checkout data.dvc && ./run dvc pull --force data.dvc\n",
    );
  }));

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
