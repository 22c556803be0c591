/** What all stages share, run as a stage runs: a program of its own with named permissions, in an empty folder. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { stub } from "@std/testing/mock";
import { progress, writeOutput } from "../../stages/common/stage.ts";
import { runProbe } from "./_probe.ts";
import { inFolder, ROOT } from "./_run.ts";

Deno.test("writeOutput() makes the folder with no more than the stage's permissions", () =>
  inFolder(async (folder) => {
    const body = `await stage.writeOutput("results/probe/pictures/a.txt", "one");
      await stage.writeOutput("results/probe/b.bin", new Uint8Array([7, 8]));`;
    const { code, stderr } = await runProbe(folder, body);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(await Deno.readTextFile(join(folder, "results/probe/pictures/a.txt")), "one");
    assertEquals([...await Deno.readFile(join(folder, "results/probe/b.bin"))], [7, 8]);
    const names = [...Deno.readDirSync(join(folder, "results/probe"))].map(({ name }) => name);
    assertEquals(names.sort(), ["b.bin", "pictures"]);
  }));

Deno.test("writeOutput() leaves the earlier file when writing fails", () =>
  inFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await writeOutput(path, "earlier");
    await Deno.mkdir(`${path}.partial`); // in the way
    let failed = false;
    await writeOutput(path, "later").catch(() => failed = true);
    assert(failed);
    assertEquals(await Deno.readTextFile(path), "earlier");
  }));

Deno.test("runStage() ends errors in one message and the right exit status", async (t) => {
  const cases: [name: string, body: string, code: number, stderr: RegExp][] = [
    ["error", `throw new Error("too few pairs");`, 1, /^Stage probe failed: too few pairs\n$/],
    [
      "cause",
      `throw new Error("cannot read x", { cause: new Error("truncated") });`,
      1,
      /^Stage probe failed: cannot read x\n {2}because: truncated\n$/,
    ],
    ["mistake in the program", `null!.x;`, 1, /TypeError[\s\S]* at .*probe\.ts/],
    [
      "name that would move the cursor",
      `throw new Error("no pair \\x1b[2J\\u202e in a.zip");`,
      1,
      /^Stage probe failed: no pair \\u\{1B\}\[2J\\u\{202E\} in a\.zip\n$/,
    ],
    ["saved", `throw new ending.Interrupted("Saved at step 7.");`, 130, /^Saved at step 7\.\n$/],
    [
      "undeclared file",
      `await Deno.readTextFile("secret.txt");`,
      1,
      /does not declare: add it to the deps or outs of "probe"/,
    ],
    ["undeclared variable", `if (Deno.env.get("HOME")) throw new Error("seen");`, 0, /^$/],
    ["missing params.yaml", `await stage.readSection("evaluate", null!);`, 1, /params\.yaml/],
  ];
  for (const [name, body, code, stderr] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const ended = await runProbe(folder, body);
        assertEquals(ended.code, code, ended.stderr);
        assertMatch(ended.stderr, stderr);
      }));
  }
});

Deno.test("runStage() explains itself and takes no arguments", () =>
  inFolder(async (folder) => {
    const help = await runProbe(folder, "Deno.exit(9);", ["--help"]);
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "./run dvc repro probe");
    const wrong = await runProbe(folder, "Deno.exit(9);", ["--steps=3"]);
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, 'takes no arguments, got "--steps=3"');
  }));

Deno.test("readSection() gives one section, and stops at its wrong keys, not at those of others", () =>
  inFolder(async (folder) => {
    const params = await Deno.readTextFile(join(ROOT, "params.yaml"));
    const file = join(folder, "params.yaml");
    await Deno.writeTextFile(file, params.replace(/real_scale: .*/, "real_scale: 0.75"));
    const schema = new URL("../../stages/evaluate/params.ts", import.meta.url);
    const body = `const { evaluateSchema } = await import("${schema}");
      console.log((await stage.readSection("evaluate", evaluateSchema)).real_scale);`;
    const right = await runProbe(folder, body);
    assertEquals([right.code, right.stdout], [0, "0.75\n"], right.stderr);
    await Deno.writeTextFile(
      file,
      params.replace(/real_scale: .*/, "real_scale: 0.75").replace(
        /scene_size: .*/,
        "scene_size: 1",
      ),
    );
    assertEquals((await runProbe(folder, body)).stdout, "0.75\n");
    await Deno.writeTextFile(file, params.replace(/real_scale: .*/, "real_scale: -1"));
    const wrong = await runProbe(folder, body);
    assertEquals(wrong.code, 1);
    assertStringIncludes(wrong.stderr, "evaluate.real_scale must be a number greater than 0");
  }));

/** What progress() shows on a terminal of 40 columns or on none, while a clock stands until it is moved. */
function shown(
  isTerminal: boolean,
  show: (clock: { milliseconds: number }) => void,
): string[] {
  const clock = { milliseconds: 0 };
  using _now = stub(performance, "now", () => clock.milliseconds);
  using _terminal = stub(Deno.stderr, "isTerminal", () => isTerminal);
  using _size = stub(Deno, "consoleSize", () => ({ columns: 40, rows: 10 }));
  using write = stub(Deno.stderr, "writeSync", (bytes: Uint8Array) => bytes.length);
  show(clock);
  return write.calls.map(({ args: [bytes] }) => new TextDecoder().decode(bytes));
}

Deno.test("progress() without a terminal says once what is over soon", () => {
  const lines = shown(false, () => {
    const bar = progress("pairs", 50);
    for (let i = 0; i <= 50; i++) bar.update(i, "loss 1");
    bar.finish("done");
  });
  assertEquals(lines, ["pairs 50/50  done\n"]);
});

Deno.test("progress() without a terminal writes a line now and then, with the time left", () => {
  const lines = shown(false, (clock) => {
    const bar = progress("pairs", 8);
    for (let i = 1; i <= 8; i++) {
      clock.milliseconds += 10_000;
      bar.update(i);
    }
    bar.finish();
  });
  assertEquals(lines, [
    "pairs 2/8  1m left  0.100/s\n",
    "pairs 4/8  40s left  0.100/s\n",
    "pairs 6/8  20s left  0.100/s\n",
    "pairs 8/8  in 1m 20s  0.100/s\n",
  ]);
});

Deno.test("progress() counts the rate from where a resumed run began", () => {
  const lines = shown(false, (clock) => {
    const bar = progress("steps", 100);
    bar.update(90);
    clock.milliseconds = 2000;
    bar.finish();
  });
  assertEquals(lines.at(-1), "steps 100/100  in 2s  5.00/s\n");
});

Deno.test("progress() on a terminal redraws one bar that fits", () => {
  const written = shown(true, () => {
    const bar = progress("train", 4);
    bar.update(2, "a long text about the loss ".repeat(4));
    bar.finish();
  });
  assertEquals(written.length, 2);
  assert(written[0].startsWith("\r\x1b[Ktrain [============            ] 2/4"), written[0]);
  assertEquals(written[0].slice("\r\x1b[K".length).length, 39);
  assertMatch(written[1], /\[={24}\] 4\/4.*\n$/);
});

Deno.test("runStage() leaves the bar where it broke off, with the error below it", () =>
  inFolder(async (folder) => {
    const body = `Deno.stderr.isTerminal = () => true;
      Deno.consoleSize = () => ({ columns: 80, rows: 10 });
      const bar = stage.progress("steps", 2);
      bar.update(1);
      throw new Error("out of memory");`;
    const { stderr } = await runProbe(folder, body);
    assertEquals(
      stderr,
      `\r\x1b[Kprobe steps [${"=".repeat(12)}${
        " ".repeat(12)
      }] 1/2\nStage probe failed: out of memory\n`,
    );
  }));
