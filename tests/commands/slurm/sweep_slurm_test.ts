/** `deno task sweep:slurm` on a real slurmctld and slurmd; see _cluster.ts. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseRemotes, sweepSource } from "../../../commands/slurm/source.ts";
import { Project, ROOT } from "../lineage/_project.ts";
import { waitUntil } from "../reproduce/_program.ts";
import { sweepWithSlurm } from "../_tasks.ts";
import { Cluster, hasSlurm } from "./_cluster.ts";
import { Experiment } from "./_experiment.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const T = ["-S", "train.unroll_iterations=0,1,3,7", "--name", "unroll"];

Deno.test("sweep:slurm says what is wrong before it submits", async (t) => {
  await withFolder(async (folder) => {
    const experiment = new Experiment(folder);
    const { submitter } = experiment;
    await experiment.build();
    await t.step("no shared remote", async () => {
      const { code, stderr } = await sweepWithSlurm(submitter, {}, ...T);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "The remote embedded lies in the repository");
      assertStringIncludes(stderr, "dvc remote add --local --default shared URL");
    });
    await t.step("an unknown remote", async () => {
      const { stderr } = await sweepWithSlurm(submitter, {}, ...T, "--remote", "share");
      assertStringIncludes(stderr, "DVC has no remote share, it has: embedded, shared.");
    });
    await t.step("a value that no job could use", async () => {
      const { code, stderr } = await sweepWithSlurm(submitter, {}, "-S", "train.rho=0.1,-1");
      assertEquals(code, 1);
      assertStringIncludes(stderr, "train.rho must be a number greater than 0");
    });
    await t.step("--dry-run shows the script and leaves nothing behind", async () => {
      const { code, stdout, stderr } = await sweepWithSlurm(
        submitter,
        {},
        ...[...T, "--remote", "shared", "--at-once", "2", "--dry-run", "--", "--time=10"],
      );
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^#!\/bin\/sh\n#SBATCH --job-name=unroll\n#SBATCH --array=1-4%2\n/);
      // Ours first: what the user passes on wins.
      assertStringIncludes(stdout, "\n#SBATCH --signal=B:TERM@120\n#SBATCH --time=10\n");
      assertStringIncludes(stdout, "\n  3) set -- -S 'train.unroll_iterations=3' ;;\n");
      assertStringIncludes(stdout, `\ngit clone --quiet '${experiment.origin}' `);
      assertStringIncludes(stdout, await submitter.must("git", "rev-parse", "HEAD"));
      await submitter.must("sh", "-n", "-c", stdout);
      assertEquals(
        [...Deno.readDirSync(submitter.folder)].some(({ name }) => name === ".cache"),
        false,
      );
    });
    await t.step("no sbatch", async () => {
      const { code, stderr } = await sweepWithSlurm(
        submitter,
        { PATH: await pathWithoutSlurm(join(folder, "bin")) },
        ...[...T, "--remote", "shared"],
      );
      assertEquals(code, 1);
      assertStringIncludes(stderr, "There is no sbatch here.");
    });
    await t.step("uncommitted and unpushed changes", async () => {
      submitter.edit("params.yaml", "seed: 1", "seed: 2");
      const uncommitted = await sweepWithSlurm(submitter, {}, ...T, "--remote", "shared");
      assertEquals(uncommitted.code, 1);
      assertStringIncludes(
        uncommitted.stderr,
        "lacks these changes. Commit first.\n M params.yaml",
      );
      await submitter.commit("Another seed");
      const unpushed = await sweepWithSlurm(submitter, {}, ...T, "--remote", "shared");
      assertEquals(unpushed.code, 1);
      assertMatch(unpushed.stderr, /Commit \w{7} is not on origin yet\. Run: git push/);
      const dry = await sweepWithSlurm(submitter, {}, ...T, "--dry-run");
      assertEquals(dry.code, 0);
      assertStringIncludes(dry.stderr, "It would not be submitted.");
      assertStringIncludes(dry.stdout, "'DVC-URL'");
    });
  });
});

Deno.test("parseRemotes() reads long addresses whole; the last level of configuration wins", () => {
  const long = `/scratch/${"group/".repeat(20)}with space/remote`;
  const { remotes, defaultRemote } = parseRemotes(
    `remote.embedded.url=/clone/.data-remote\nremote.embedded.verify=true\ncore.remote=embedded\n` +
      `remote.my.own.url=s3://bucket/a=b\nremote.shared.url=/old\nremote.shared.url=${long}\n` +
      `core.remote=shared\n`,
  );
  assertEquals(remotes, [
    { name: "embedded", url: "/clone/.data-remote" },
    { name: "my.own", url: "s3://bucket/a=b" },
    { name: "shared", url: long },
  ]);
  assertEquals(defaultRemote, "shared");
});

Deno.test("sweepSource() finds a remote whose address is longer than a line of a terminal", async () => {
  await withFolder(async (folder) => {
    const project = new Project(join(folder, "clone"));
    Deno.mkdirSync(project.folder);
    await project.must("git", "init", "--quiet", "--initial-branch=main");
    await project.must("dvc", "init", "--quiet");
    const shared = join(folder, "a folder ".repeat(12).trim(), "shared");
    await project.must("dvc", "remote", "add", "--quiet", "--local", "--default", "shared", shared);
    await project.commit("A project");
    const { remote } = await sweepSource(project.folder);
    assertEquals(remote, { name: "shared", url: shared });
  });
});

Deno.test("the script of a job passes a time limit on to the stage and goes on from its checkpoint", async () => {
  await withFolder(async (folder) => {
    const experiment = new Experiment(folder);
    const { submitter } = experiment;
    await experiment.build();
    Deno.mkdirSync(join(folder, "jobs"));
    const { stdout } = await sweepWithSlurm(
      submitter,
      {},
      ...[...T, "--remote", "shared", "--dry-run"],
    );
    const script = join(folder, "job.sh");
    Deno.writeTextFileSync(script, stdout);
    const logs = submitter.path(".cache/slurm/unroll");
    const start = () =>
      // In a process group of its own, as Slurm starts it.
      new Deno.Command("setsid", {
        args: ["sh", script],
        env: { SLURM_ARRAY_TASK_ID: "3", TMPDIR: join(folder, "jobs"), SLURM_TMPDIR: "" },
        stdout: "piped",
        stderr: "piped",
      }).spawn();

    const first = start();
    await waitUntil("the stage is at its gate", () => experiment.isAtGate);
    first.kill("SIGTERM");
    const stopped = await first.output();
    const printed = new TextDecoder().decode(stopped.stdout);
    assertEquals(stopped.code, 143, printed + new TextDecoder().decode(stopped.stderr));
    assertStringIncludes(
      printed,
      `Saved for the next job of this cell: ${logs}/checkpoints/unroll-3`,
    );
    assertEquals(
      Deno.readTextFileSync(`${logs}/checkpoints/unroll-3/train.safetensors`),
      "half of the way",
    );
    assertEquals(await experiment.arrived(), []);
    assertEquals([...Deno.readDirSync(join(folder, "jobs"))], [], "a stopped job leaves no clone");

    experiment.openGate();
    const second = await start().output();
    assertEquals(second.code, 0, new TextDecoder().decode(second.stderr));
    assertEquals(experiment.resumedFrom, "half of the way");
    assertEquals(await experiment.arrived(), ["unroll-3"]);
    assertEquals([...Deno.readDirSync(`${logs}/checkpoints`)], [], "done with, so nothing is kept");
  });
});

/** A PATH of links to git, dvc and deno, and to nothing else. */
async function pathWithoutSlurm(folder: string): Promise<string> {
  Deno.mkdirSync(folder);
  for (const program of ["git", "dvc", "deno"]) {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
      .output();
    Deno.symlinkSync(new TextDecoder().decode(stdout).trim(), join(folder, program));
  }
  return folder;
}

Deno.test("sweep:slurm --help and wrong usage", async () => {
  const project = new Project(ROOT);
  const help = await sweepWithSlurm(project, {}, "--help");
  assertEquals(help.code, 0);
  assertStringIncludes(help.stdout, "--dry-run");
  for (
    const [args, message] of [
      [[], "Cannot sweep over nothing"],
      [["--fast"], "Unknown argument --fast."],
      [
        ["-S", "train.rho=1", "--at-once", "0"],
        'Cannot use --at-once "0": it must be a whole number from 1 on',
      ],
      [
        ["-S", "train.rho=1", "--name", "a b"],
        'Cannot use --name "a b": it must begin with a letter',
      ],
    ] as const
  ) {
    const { code, stderr } = await sweepWithSlurm(project, {}, ...args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("sweep:slurm on a cluster of two slots: every cell arrives, a killed one is submitted again alone", async (t) => {
  if (!await hasSlurm(t)) return;
  await withFolder(async (folder) => {
    // munged refuses a socket below a folder that others cannot pass through.
    Deno.chmodSync(folder, 0o711);
    Deno.mkdirSync(join(folder, "slurm"));
    Deno.mkdirSync(join(folder, "jobs"));
    const experiment = new Experiment(folder);
    const { submitter } = experiment;
    const [cluster] = await Promise.all([
      Cluster.start(join(folder, "slurm")),
      experiment.build(),
    ]);
    try {
      const environment = { ...cluster.environment, TMPDIR: join(folder, "jobs") };
      const jobFolders = () => [...Deno.readDirSync(join(folder, "jobs"))].map(({ name }) => name);
      let job = "";

      await t.step("submits one job a cell", async () => {
        const { code, stdout, stderr } = await sweepWithSlurm(
          submitter,
          environment,
          ...[...T, "--remote", "shared"],
        );
        assertEquals(code, 0, stderr);
        job = /^Submitted job (\d+):$/m.exec(stdout)![1];
        assertStringIncludes(stdout, "  unroll-4  train.unroll_iterations=7\n");
        assertMatch(stdout, /sbatch --array=N \S+\/\.cache\/slurm\/unroll\/job\.sh/);
      });

      await t.step("one job killed midway, the others arrive", async () => {
        await cluster.until("cell 3 is under way", () => experiment.isAtGate);
        await cluster.must("scancel", `${job}_3`);
        await cluster.finished();
        assertEquals(await experiment.arrived(), ["unroll-1", "unroll-2", "unroll-4"]);
        assertEquals(jobFolders(), [], "jobs remove their clones, also when killed");
      });

      await t.step("a time limit, as the batch script hears of it: the stage saves", async () => {
        experiment.forgetArrival();
        const script = submitter.path(".cache/slurm/unroll/job.sh");
        const again = /\d+/.exec(await cluster.must("sbatch", "--array=3", script))![0];
        await cluster.until("cell 3 is under way again", () => experiment.isAtGate);
        await cluster.must("scancel", "--batch", "--signal=TERM", `${again}_3`);
        await cluster.finished();
        const saved = submitter.path(".cache/slurm/unroll/checkpoints/unroll-3/train.safetensors");
        assertEquals(Deno.readTextFileSync(saved), "half of the way");
        assertEquals(await experiment.arrived(), ["unroll-1", "unroll-2", "unroll-4"]);
        assertEquals(jobFolders(), []);
      });

      await t.step("the killed one is submitted again alone, and goes on", async () => {
        experiment.openGate();
        await cluster.must("sbatch", "--array=3", submitter.path(".cache/slurm/unroll/job.sh"));
        await cluster.finished();
        assertEquals(experiment.resumedFrom, "half of the way");
        assertEquals(await experiment.arrived(), ["unroll-1", "unroll-2", "unroll-3", "unroll-4"]);
        assertEquals(jobFolders(), []);
      });

      await t.step("everything can be collected elsewhere, as the output says", async () => {
        const elsewhere = new Project(join(folder, "elsewhere"));
        await submitter.must("git", "clone", "--quiet", experiment.origin, elsewhere.folder);
        await elsewhere.must("dvc", "remote", "add", "--local", "shared", experiment.shared);
        // What is never pushed is made here, as ./run does.
        await elsewhere.must("dvc", "repro", "--quiet", "--pull");
        const names = [1, 2, 3, 4].map((cell) => `unroll-${cell}`);
        const pull = ["exp", "pull", "--remote", "shared", "--no-run-cache", "origin"];
        await elsewhere.must("dvc", ...pull, ...names);
        const shown = await elsewhere.must("dvc", "exp", "show", "--csv");
        for (const [i, iterations] of [0, 1, 3, 7].entries()) {
          assertMatch(shown, new RegExp(`^unroll-${i + 1},.*,unrolled,${iterations},`, "m"));
          await elsewhere.must("dvc", "exp", "apply", `unroll-${i + 1}`);
          assertEquals(JSON.parse(elsewhere.read("results/train/metrics.json")), {
            product: 4 * iterations,
          });
          assertEquals(elsewhere.read("results/train/model.txt"), `model of T = ${iterations}`);
        }
      });
    } finally {
      await cluster.stop();
    }
  });
});
