/** What ends a stage early, with real signals and real parents that are killed. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { waitUntil } from "../commands/reproduce/_program.ts";
import { probeCommand } from "./_probe.ts";
import { inFolder, names } from "./_run.ts";

const SIGNALS: [Deno.Signal, number, string][] = [
  ["SIGINT", 130, "Ctrl-C (SIGINT)"],
  ["SIGTERM", 143, "SIGTERM"],
  ["SIGHUP", 129, "SIGHUP"],
];
const READY = `console.error("ready");`;
const WAITS = `${READY} await new Promise((resolve) => setTimeout(resolve, 30_000));`;
/** Takes a while after it was asked. */
const SAVES = saves("await new Promise((resolve) => setTimeout(resolve, 1000));");
/** Goes on after it was asked until the test has put something beside its results, so that more signals come meanwhile. */
const SAVES_WHEN_TOLD = saves(
  `while ([...Deno.readDirSync("results/probe")].length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }`,
);

function saves(meanwhile: string): string {
  return `using asked = ending.savesFirst("Saves, then stops.");
  Deno.mkdirSync("results/probe", { recursive: true });
  ${READY}
  while (!asked.requested) await new Promise((resolve) => setTimeout(resolve, 20));
  ${meanwhile}
  Deno.writeTextFileSync("results/probe/saved", "step 7");
  throw new ending.Interrupted("Saved at step 7.");`;
}

class Running {
  said = "";
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;

  constructor([program, ...args]: string[], folder: string) {
    const child = new Deno.Command(program, {
      args,
      cwd: folder,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    const reading = (async () => {
      const texts = child.stderr.pipeThrough(new TextDecoderStream());
      for await (const text of texts) this.said += text;
    })();
    // Standard error ends when the last that holds it has ended, an orphan too.
    this.ended = reading.then(async () => (await child.status).code);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has ended itself, though an orphan of it may go on. */
  async gone(): Promise<void> {
    await this.#child.status;
  }

  async hears(text: string): Promise<void> {
    await waitUntil(`"${text}" is said`, () => this.said.includes(text));
  }
}

Deno.test("a stage with nothing to save is left at once by each signal, and says so", (t) =>
  inFolder(async (folder) => {
    for (const [signal, status, words] of SIGNALS) {
      await t.step(signal, async () => {
        const stage = new Running(probeCommand(folder, WAITS), folder);
        await stage.hears("ready");
        stage.kill(signal);
        assertEquals(await stage.ended, status);
        assertEquals(
          stage.said,
          `ready\nprobe: stopped, ${words}. Nothing is kept halfway; the same command does it again.\n`,
        );
      });
    }
  }));

Deno.test("a stage that saves is asked to by each signal, and says what happens", (t) =>
  inFolder(async (folder) => {
    for (const [signal, status, words] of SIGNALS) {
      await t.step(signal, async () => {
        const stage = new Running(probeCommand(folder, SAVES_WHEN_TOLD), folder);
        await stage.hears("ready");
        stage.kill(signal);
        await stage.hears("then stops.");
        // SIGTERM comes to the whole group, and again from DVC.
        if (signal !== "SIGINT") stage.kill(signal);
        await Deno.writeTextFile(join(folder, "results/probe/told"), "");
        assertEquals(await stage.ended, status);
        const again = signal === "SIGINT" ? " Ctrl-C again leaves at once." : "";
        assertEquals(
          stage.said,
          `ready\nprobe: ${words}. Saves, then stops.${again}\nSaved at step 7.\n`,
        );
        assertEquals(await names(join(folder, "results/probe")), ["saved", "told"]);
        await Deno.remove(join(folder, "results/probe"), { recursive: true });
      });
    }
  }));

Deno.test("a second Ctrl-C does not wait for what is being saved", () =>
  inFolder(async (folder) => {
    const stage = new Running(probeCommand(folder, SAVES_WHEN_TOLD), folder);
    await stage.hears("ready");
    stage.kill("SIGINT");
    await stage.hears("leaves at once.");
    stage.kill("SIGINT");
    assertEquals(await stage.ended, 130);
    assertStringIncludes(stage.said, "\nprobe: left at once.\n");
    assertEquals(await names(join(folder, "results/probe")), []);
  }));

Deno.test("what was half written when a signal came is removed, what stood there stays", () =>
  inFolder(async (folder) => {
    // Two hundred megabytes, which take longer to write than the signal to arrive.
    const body = `await stage.writeOutput("results/probe/model", "earlier");
      const writing = stage.writeOutput("results/probe/model", new Uint8Array(200e6));
      ${READY}
      await writing; await new Promise((resolve) => setTimeout(resolve, 30_000));`;
    const stage = new Running(probeCommand(folder, body), folder);
    const model = join(folder, "results/probe/model");
    const [isHalf, isWhole] = [
      () => [...Deno.readDirSync(join(folder, "results/probe"))].length === 2,
      () => Deno.statSync(model).size === 200e6,
    ];
    await stage.hears("ready");
    await waitUntil(
      "it is half written, or whole before anybody saw that",
      () => isHalf() || isWhole(),
    );
    stage.kill("SIGTERM");
    assertEquals(await stage.ended, 143, stage.said);
    assertEquals(await names(join(folder, "results/probe")), ["model"]);
    assert(["earlier".length, 200e6].includes((await Deno.stat(model)).size));
  }));

Deno.test("a stage whose parent is gone saves, writes no output, and stops", async (t) => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    await t.step(signal, () =>
      inFolder(async (folder) => {
        // A shell that waits for its child, as DVC does.
        const command = probeCommand(folder, SAVES);
        const parent = new Running(["sh", "-c", '"$@"; true', "sh", ...command], folder);
        await parent.hears("ready");
        parent.kill(signal);
        await parent.ended;
        assertEquals(
          parent.said,
          "ready\nprobe: the process that started it is gone. Saves, then stops.\nSaved at step 7.\n",
        );
        assertEquals(await names(join(folder, "results/probe")), ["saved"]);
      }));
  }
});

Deno.test("an orphan that comes to write its output first replaces nothing", async (t) => {
  const blocks = `const pause = new Int32Array(new SharedArrayBuffer(4));
    while ([...Deno.readDirSync("results/probe")].length === 0) Atomics.wait(pause, 0, 0, 20);`;
  const cases: [string, string][] = [
    ["writeOutput()", `await stage.writeOutput("results/probe/number", "of the orphan");`],
    ["emptyFolder()", `await stage.emptyFolder("results/probe");`],
  ];
  for (const [name, action] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        // No timer can fire while it waits for the newer run, and the output follows without a turn of the event loop.
        const results = join(folder, "results/probe");
        await Deno.mkdir(results, { recursive: true });
        const command = probeCommand(folder, `${READY} ${blocks} ${action}`);
        const parent = new Running(["sh", "-c", '"$@"; true', "sh", ...command], folder);
        await parent.hears("ready");
        parent.kill("SIGKILL");
        await parent.gone();
        await Deno.writeTextFile(join(results, "number"), "of the newer run");
        await parent.ended;
        assertMatch(parent.said, /the process that started it is gone/);
        assertEquals(await names(results), ["number"]);
        assertEquals(await Deno.readTextFile(join(results, "number")), "of the newer run");
      }));
  }
});

const IN_TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
said = b""
while b"ready" not in said:
    said += os.read(terminal, 1000)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=sys.stderr)
`;

Deno.test("a terminal that is closed under a stage makes it save", () =>
  inFolder(async (folder) => {
    const body = `const bar = stage.progress("steps", 9);\nsetInterval(() => bar.update(1), 5);\n` +
      SAVES;
    const terminal = new Running(
      ["python3", "-c", IN_TERMINAL, ...probeCommand(folder, body)],
      folder,
    );
    assertEquals(await terminal.ended, 0, terminal.said);
    assertEquals(terminal.said, "129\n");
    assertEquals(await Deno.readTextFile(join(folder, "results/probe/saved")), "step 7");
  }));

Deno.test("under nohup a stage goes on after SIGHUP", () =>
  inFolder(async (folder) => {
    const body = `${READY} await new Promise((resolve) => setTimeout(resolve, 1500));
      await stage.writeOutput("results/probe/done", "done");`;
    // nohup takes standard input away only where that is a terminal.
    const script = `
import os, pty, sys, time, signal
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(os.open("said", os.O_WRONLY | os.O_CREAT), 2)
    os.execvp("nohup", ["nohup", *sys.argv[1:]])
while "ready" not in open("said").read() if os.path.exists("said") else True:
    time.sleep(0.02)
os.kill(pid, signal.SIGHUP)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=sys.stderr)
`;
    const started = new Running(
      ["python3", "-c", script, ...probeCommand(folder, body)],
      folder,
    );
    assertEquals(await started.ended, 0, started.said);
    assertEquals(started.said, "0\n");
    assertEquals(await names(join(folder, "results/probe")), ["done"]);
  }));
