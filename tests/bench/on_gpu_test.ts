/** `deno task bench:on-gpu`, whole at tiny sizes, and what it does with blocks that fail or are stopped. */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { BLOCKS } from "../../bench/on_gpu/blocks.ts";
import { chosenLayers } from "../../bench/on_gpu/blocks/convolutions.ts";
import { failedTests } from "../../bench/on_gpu/blocks/gate.ts";
import { measuredPlan } from "../../bench/on_gpu/blocks/plan.ts";
import { BlockContext } from "../../bench/on_gpu/context.ts";
import type { BlockSettings, Message } from "../../bench/on_gpu/messages.ts";
import { parseOptions } from "../../bench/on_gpu/options.ts";
import { markdownOf, Report } from "../../bench/on_gpu/report.ts";
import { runBlock } from "../../bench/on_gpu/run_block.ts";
import denoConfig from "../../deno.json" with { type: "json" };
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { RULES } from "../../pipeline/compute/network/ops/convolution/planned.ts";
import { planHead } from "../../tools/tune/plan_head.ts";
import { inFolder, ROOT } from "../stages/_run.ts";

const HEAD = {
  adapter: "a card",
  deno: "2.0.0",
  code: "commit 1234",
  started: "2026-01-01T00:00:00.000Z",
  minutes: 10,
  tiny: false,
};

const settingsIn = (folder: string, block: string): BlockSettings => ({
  block,
  seconds: 600,
  tiny: true,
  folder,
  facts: {},
});

async function onGpu(...args: string[]) {
  const [program, ...options] = denoConfig.tasks["bench:on-gpu"].command.split(" ");
  const command = new Deno.Command(program, { args: [...options, ...args], cwd: ROOT });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("bench:on-gpu runs every block at tiny sizes, and both files hold what they found", () =>
  inFolder(async (folder) => {
    const { code, stdout, stderr } = await onGpu("--tiny", "--minutes=60", `--out=${folder}`);
    assertEquals([code, stderr], [0, ""], stdout);
    const report = JSON.parse(await Deno.readTextFile(join(folder, "on_gpu.json")));
    assertEquals(report.tiny, true);
    assertEquals(
      report.blocks.map(({ name, status }: { name: string; status: string }) => [name, status]),
      BLOCKS.map(({ name }) => [name, "done"]),
    );
    const tables = Object.fromEntries(
      report.blocks.map(({ name, tables }: { name: string; tables: unknown }) => [name, tables]),
    );
    const [{ passed, failed, "left out": leftOut }] = tables.gate["test files, each run twice"];
    assertEquals([passed, failed, leftOut], [2, 0, 0]);
    assert(report.facts.gigaflops > 0.1 && report.facts.gigabytesPerSecond > 0.01);
    const dispatches = tables.overhead.dispatches;
    assertEquals(dispatches.map((row: Record<string, number>) => row["of them wait"]), [0, 49, 49]);
    for (const row of dispatches) assert(row["us a dispatch on the device"] > 0);
    // Two layers of three passes each, none of them the first.
    assertEquals(tables.convolutions.convolutions.length, 6);
    for (const row of tables.convolutions.convolutions) assert(row["GFLOP/s"] > 0);
    const plans = tables.step.steps.map(({ plan }: { plan: string }) => plan);
    assertEquals(plans, ["tracked", "measured here"]);
    assertEquals(tables.determinism.runs.map(({ same }: { same: string }) => same), ["yes"]);
    const markdown = await Deno.readTextFile(join(folder, "on_gpu.md"));
    assertStringIncludes(markdown, "No number here is a measurement");
    for (const { title } of BLOCKS) assertStringIncludes(markdown, `## ${title}\n\ndone, `);
  }));

Deno.test("a plan of another adapter or of other kernels is left aside, and a note says so", () =>
  inFolder(async (folder) => {
    const said: Message[] = [];
    const context = new BlockContext(
      settingsIn(folder, "step"),
      (message) => said.push(message),
    );
    const gpu = await openGpu();
    const { adapter, made } = planHead(gpu.adapter);
    const write = (changes: object) =>
      Deno.writeTextFile(
        join(folder, "plans/measured.json"),
        JSON.stringify({ format: 1, adapter, made, default: RULES, cases: {}, ...changes }),
      );
    assertEquals(await measuredPlan(context, gpu), undefined);
    await Deno.mkdir(join(folder, "plans"));
    await write({});
    assertEquals((await measuredPlan(context, gpu))?.adapter, adapter);
    assertEquals(said, []);
    await write({
      adapter: { ...adapter, description: "another" },
      made: { ...made, kernels: "" },
    });
    assertEquals(await measuredPlan(context, gpu), undefined);
    assertStringIncludes(
      JSON.stringify(said),
      "left aside: it is of another adapter and other kernels.",
    );
    gpu.destroy();
  }));

Deno.test("bench:on-gpu goes on without a Python that does not answer", () =>
  inFolder(async (folder) => {
    for (const python of [folder, "/bin/true"]) {
      const { code, stdout } = await onGpu(
        "--tiny",
        "--only=adapter",
        `--python=${python}`,
        `--out=${folder}`,
      );
      assertStringIncludes(stdout, ": ours stands alone.");
      assertEquals(code, 0);
    }
  }));

Deno.test("a block that fails is recorded with its reason, and what it had found stays", () =>
  inFolder(async (folder) => {
    const report = new Report(folder, HEAD);
    const { signal } = new AbortController();
    const block = { name: "nothing", title: "Nothing" };
    await runBlock(block, settingsIn(folder, "nothing"), report, signal);
    assertEquals(report.blocks[0].status, "failed");
    assertEquals(report.blocks[0].error, "There is no block nothing.");
    const written = JSON.parse(await Deno.readTextFile(report.json));
    assertEquals(written.blocks[0].error, "There is no block nothing.");
  }));

Deno.test("a block that is stopped ends at once and keeps its rows", () =>
  inFolder(async (folder) => {
    const report = new Report(folder, HEAD);
    const stopping = new AbortController();
    const { add } = Report.prototype;
    report.add = (...args) => {
      add.apply(report, args);
      stopping.abort();
    };
    const block = { name: "ceilings", title: "Ceilings" };
    await runBlock(block, settingsIn(folder, "ceilings"), report, stopping.signal);
    assertEquals(report.blocks[0].status, "stopped");
    assertEquals(report.blocks[0].tables.ceilings[0].unit, "ns");
  }));

Deno.test("forEach() goes on after what fails, leaves out what has no time, and says both", async () => {
  const said: Message[] = [];
  const context = new BlockContext(settingsIn("", "x"), (message) => said.push(message));
  const measured: number[] = [];
  const go = context.forEach([1, 2, 3], String, (item) => {
    if (item === 2) return Promise.reject(new Error("of no use."));
    measured.push(item);
    return Promise.resolve();
  });
  assertEquals(await go.catch((error) => error.message), "2: of no use.");
  assertEquals(measured, [1, 3]);
  const late = new BlockContext(
    { ...settingsIn("", "x"), seconds: 1e-9 },
    (message) => said.push(message),
  );
  await late.forEach(["a", "b"], String, () => Promise.reject(new Error("begun too late")));
  assertEquals(said, [{ note: "Out of time, 2 left out: a; b." }]);
});

Deno.test("markdownOf() shows states, errors, and tables with the columns of all rows", () => {
  const text = markdownOf(HEAD, [
    { name: "a", title: "First", status: "failed", error: "No *luck*.", notes: [], tables: {} },
    {
      name: "b",
      title: "Second",
      notes: ["A note."],
      tables: { rates: [{ what: "x", rate: 12.34567 }, { what: "y", other: 3 }] },
    },
  ]);
  assertStringIncludes(text, "# a card\n\ncommit 1234, Deno 2.0.0, begun 2026");
  assertStringIncludes(text, "## First\n\nfailed\n\n**No \\*luck\\*.**");
  assertStringIncludes(text, "## Second\n\nrunning\n\nA note.\n\n### rates");
  assertStringIncludes(text, "| what | rate | other |");
  assertStringIncludes(text, "| x | 12.35 |  |\n| y |  | 3 |");
  assert(!text.includes("No number here"));
});

Deno.test("failedTests() reads names from TAP, also of steps", () => {
  const tap =
    "TAP version 14\n# ./a_test.ts\nok 1 - warp() is right\nnot ok 2 - warp() is wrong\n" +
    "    not ok 1 - a step\n1..2\n";
  assertEquals(failedTests(tap), ["warp() is wrong", "a step"]);
});

Deno.test("chosenLayers() are twelve different convolutions: strides, dilations, concatenations", () => {
  const layers = chosenLayers(false);
  assertEquals(layers.length, 12);
  const sizes = layers.map(({ segments, output, stride, dilation }) =>
    `${segments.join("+")} ${output} s${stride} d${dilation}`
  );
  assertEquals(new Set(sizes).size, 12);
  for (const size of ["3 16 s2 d1", "81+32+2 128 s1 d1", "128 128 s1 d4", "96 64 s1 d16"]) {
    assert(sizes.includes(size), `${size} is not among ${sizes.join("; ")}`);
  }
});

Deno.test("parseOptions() takes blocks in their order, and says what it does not know", () => {
  const { minutes, only, tiny } = parseOptions(["--only=step,gate", "--minutes=0.5"])!;
  assertEquals({ minutes, only, tiny }, { minutes: 0.5, only: ["gate", "step"], tiny: false });
  assertEquals(parseOptions(["--help"]), undefined);
  const wrong = {
    "--only=warp": '--only knows no "warp"',
    "--minutes=0": "--minutes must be above 0 up to 600",
    "--out=": "--out must name something",
    "now": "Unknown argument now",
  };
  for (const [argument, message] of Object.entries(wrong)) {
    assertThrows(() => parseOptions([argument]), RangeError, message);
  }
});

Deno.test("bench:on-gpu says what is wrong with its usage, and helps", async () => {
  const help = await onGpu("--help");
  assertEquals(help.code, 0);
  assertMatch(help.stdout, /--minutes .*\n/);
  const wrong = await onGpu("--minutes=soon");
  assertEquals(wrong.code, 2);
  assertMatch(wrong.stderr, /^--minutes must be above 0 up to 600, got "soon"\./);
});
