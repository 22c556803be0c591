/** tools/whole_lock.py in the Python of .venv, where set-up has put it: with the real writers of DVC. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { probeCommand } from "../stages/_probe.ts";
import { names } from "../stages/_run.ts";

const WRITE = `
from dvc.utils.serialize import dump_yaml
dump_yaml("dvc.lock", {"stages": {f"stage_{i}": {"cmd": "new"} for i in range(300)}})
`;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** @param before what the shell does first */
async function python(folder: string, script: string, before = "") {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `${before} exec python -c "$0"`, script],
    cwd: folder,
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("DVC in .venv writes a file whole, or leaves the old one and nothing beside it", () =>
  inFolder(async (folder) => {
    const lock = join(folder, "dvc.lock");
    Deno.writeTextFileSync(lock, "old\n");
    // As on a full disk: no file may grow beyond a few kilobytes.
    const failed = await python(folder, WRITE, "ulimit -f 4;");
    assert(failed.code !== 0);
    assertStringIncludes(failed.stderr, "File too large");
    assertEquals(Deno.readTextFileSync(lock), "old\n");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["dvc.lock"]);
    // A link stays one, and rights stay.
    Deno.chmodSync(lock, 0o640);
    Deno.renameSync(lock, join(folder, "real"));
    Deno.symlinkSync("real", lock);
    assertEquals((await python(folder, WRITE)).code, 0);
    assert(Deno.lstatSync(lock).isSymlink);
    assertEquals(Deno.statSync(lock).mode! & 0o777, 0o640);
    assert(Deno.readTextFileSync(lock).endsWith("  stage_299:\n    cmd: new\n"));
  }));

Deno.test("signals wait from the end of a stage's command until its lock is written", () =>
  inFolder(async (folder) => {
    const script = `
import os, signal
import dvc.dvcfile, dvc.stage.run as run
from whole_lock import deferred
class Stage: addressing, cmd = "a", ["true"]
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: print("got", number, flush=True))
signal.signal(signal.SIGHUP, signal.SIG_IGN)
run._warn_if_fish = lambda executable: None
run.prepare_kwargs = lambda stage, run_env=None: {}
run.cmd_run(Stage(), dry=True)
os.kill(os.getpid(), signal.SIGTERM)
run.cmd_run(Stage())
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    os.kill(os.getpid(), number)
print("writes", flush=True)
dvc.dvcfile.Lockfile.dump_stages(None, [])
print("done", signal.getsignal(signal.SIGHUP) == signal.SIG_IGN, deferred.handlers)
`;
    const { stdout, stderr } = await python(folder, script);
    const said = stdout.split("\n").filter((line) => !/^(Running stage|> )/.test(line));
    assertEquals(said, ["got 15", "writes", "got 15", "done True None", ""], stderr);
  }));

/** Python that runs a command as DVC runs a stage's. */
function runs(command: string): string {
  return `
import dvc.stage.run as run
class Stage: addressing, cmd = "a", ${JSON.stringify(command)}
run._warn_if_fish = lambda executable: None
run.prepare_kwargs = lambda stage, run_env=None: {}
run.cmd_run(Stage())
`;
}

Deno.test("a stage whose DVC is killed at once, before the stage can look for it, writes nothing", async (t) => {
  // Where the kernel tells nobody, it is an orphan that knows of no other parent.
  const written = Deno.build.os === "linux" ? [] : ["number"];
  const killed = `
import os, signal, subprocess
subprocess.Popen.communicate = lambda self: os.kill(os.getpid(), signal.SIGKILL)
`;
  for (const shell of ["/bin/sh", "/bin/bash"]) {
    await t.step(shell, () =>
      inFolder(async (folder) => {
        const body = `await stage.writeOutput("results/probe/number", "of the orphan");`;
        const command = probeCommand(folder, body).join(" ");
        // The output ends with the last that can write to it, which is the stage.
        const dvc = await python(folder, killed + runs(command), `SHELL=${shell}`);
        assertEquals(dvc.code, 137, dvc.stderr);
        assertEquals(await names(join(folder, "results/probe")), written);
        assertEquals((await python(folder, runs(command), `SHELL=${shell}`)).code, 0);
        assertEquals(await names(join(folder, "results/probe")), ["number"]);
      }));
  }
});

Deno.test("no shell stays between DVC and the only program of a command", async (t) => {
  for (const shell of ["/bin/sh", "/bin/bash"]) {
    await t.step(shell, () =>
      inFolder(async (folder) => {
        Deno.writeTextFileSync(join(folder, "parent.sh"), "echo parent $PPID");
        const script = `import os; print("parent", os.getpid(), flush=True)` +
          runs(" sh  parent.sh ");
        const { stdout, stderr } = await python(folder, script, `SHELL=${shell}`);
        const [own, ofStage] = stdout.split("\n").filter((line) => line.startsWith("parent"));
        assertEquals(ofStage, own, stderr);
      }));
  }
  await t.step("a shell gets what only a shell can run", () =>
    inFolder(async (folder) => {
      const commands = [
        "echo -e a",
        "A=1 sh a",
        "sh a; sh b",
        "sh a\nsh b",
        "sh a > b",
        "nowhere a",
      ]
        .concat("sh $A", "sh *", "sh 'a b'", "sh a &");
      const { stdout, stderr } = await python(
        folder,
        `import json, whole_lock
print(json.dumps([whole_lock.in_place_of_the_shell(command) for command in ${
          JSON.stringify(commands)
        }]))`,
      );
      assertEquals(JSON.parse(stdout || "null"), commands, stderr);
    }));
});

const MATRIX = `stages:
  cell:
    matrix:
      kind: \${kinds}
    cmd: mkdir -p "results/\${item.kind}"
    outs: ["results/\${item.kind}"]
`;

Deno.test("no value of a matrix makes DVC delete another folder than that of its name", (t) =>
  inFolder(async (folder) => {
    const root = join(folder, "root");
    Deno.mkdirSync(root);
    Deno.mkdirSync(join(folder, "precious"));
    Deno.mkdirSync(join(root, "code"));
    Deno.writeTextFileSync(join(root, "dvc.yaml"), MATRIX);
    const dvc = async (...args: string[]) => {
      const { code, stderr } = await new Deno.Command("dvc", { args, cwd: root }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    assertEquals((await dvc("init", "--quiet", "--no-scm")).code, 0);
    const repro = async (kind: unknown) => {
      Deno.writeTextFileSync(join(root, "params.yaml"), JSON.stringify({ kinds: ["l1", kind] }));
      return await dvc("repro", "--single-item", `cell@${kind}`);
    };
    const there = () =>
      [...Deno.readDirSync(folder), ...Deno.readDirSync(root)].map(({ name }) => name);
    for (const kind of ["../../precious", "l1/../../code", "..", ".", "", "a\\b"]) {
      await t.step(`refuses ${JSON.stringify(kind)}`, async () => {
        const { code, stderr } = await repro(kind);
        assertEquals(code, 255);
        assertStringIncludes(
          stderr,
          `Cannot use kinds.1 of params.yaml: "${kind}" is no plain name. It is a part of the paths that the stages cell`,
        );
        for (const name of ["precious", "code"]) assert(there().includes(name), `${name} is gone`);
      });
    }
    await t.step("takes names and numbers", async () => {
      for (const kind of ["unrolled_T3", "a b", 0.5]) {
        const { code, stderr } = await repro(kind);
        assertEquals(code, 0, stderr);
        assert(Deno.statSync(join(root, "results", `${kind}`)).isDirectory);
      }
    });
  }));
