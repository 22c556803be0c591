/** tools/whole_lock.py in the Python of .venv, where set-up has put it: with the real writers of DVC. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

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
