/** `deno task soak`: what it counts and says, its usage, and that an attempt is killed as planned. The soak itself is for hand. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { Rng } from "../../pipeline/common/rng.ts";
import { attempt, damageLast, drawPlan, type Plan, WAYS } from "../../tools/soak/attempt.ts";
import { isWhole } from "../../tools/soak/project.ts";
import { Tally } from "../../tools/soak/tally.ts";
import { inFolder, ROOT } from "../stages/_run.ts";

Deno.test("drawPlan() draws the same plans for the same seed, of each way and both kinds of moment", () => {
  const draw = () => {
    const rng = new Rng(3);
    return Array.from({ length: 200 }, () => drawPlan(rng, 1000));
  };
  const plans = draw();
  assertEquals(plans, draw());
  for (const way of WAYS) assert(plans.filter((plan) => plan.way === way).length > 20, way);
  const writing = plans.filter(({ moment }) => "checkpoint" in moment).length;
  assert(writing > 70 && writing < 130, `${writing} of 200`);
  assert(plans.every(({ moment }) => "checkpoint" in moment || moment.milliseconds < 1000));
});

Deno.test("attempt() kills as planned, waits for orphans, and knows an end that no kill explains", async (t) => {
  // Killed after it has begun, however long that took; what it says later is waited for.
  const begins = "echo begun >&2; echo > checkpoints/1.partial";
  const waits = ["sh", "-c", `trap "" HUP; ${begins}; sleep 2; echo over >&2; exit 3`];
  const fails = ["sh", "-c", `${begins}; sleep 2; echo Stage train failed: no disk. >&2; exit 1`];
  const soon: Plan["moment"] = { checkpoint: 1 };
  const cases: [string, string[], Plan | undefined, number, boolean, string][] = [
    ["TERM", waits, { way: "TERM", moment: soon }, 143, true, "begun\n"],
    ["KILL", waits, { way: "KILL", moment: soon }, 137, true, "begun\n"],
    ["PARENT", waits, { way: "PARENT", moment: soon }, 137, true, "begun\nover\n"],
    [
      "PARENT of an orphan that fails",
      fails,
      { way: "PARENT", moment: soon },
      137,
      false,
      "begun\nStage train failed: no disk.\n",
    ],
    ["HUP, which is not obeyed", waits, { way: "HUP", moment: soon }, 3, false, "begun\nover\n"],
    ["no kill", waits, undefined, 3, false, "begun\nover\n"],
    ["by time", ["sleep", "60"], { way: "TERM", moment: { milliseconds: 300 } }, 143, true, ""],
    ["a kill too late", ["true"], { way: "INT", moment: { milliseconds: 5000 } }, 0, true, ""],
  ];
  for (const [name, command, plan, status, explained, said] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        await Deno.mkdir(join(folder, "checkpoints"));
        const outcome = await attempt(folder, command, plan);
        const killed = plan !== undefined && status !== 0;
        // `sleep` is a process of its own that its shell leaves behind.
        assertEquals(outcome, { killed, explained, status, said });
      }));
  }
});

Deno.test("attempt() kills while the second new checkpoint is written", () =>
  inFolder(async (folder) => {
    const checkpoints = join(folder, "checkpoints");
    await Deno.mkdir(checkpoints);
    await Deno.writeTextFile(join(checkpoints, "old.partial"), "");
    const script = `echo > checkpoints/1.partial; sleep 2; rm checkpoints/1.partial
      echo > checkpoints/2.partial; sleep 10 2>/dev/null; echo too late >&2`;
    const outcome = await attempt(folder, ["sh", "-c", script], {
      way: "KILL",
      moment: { checkpoint: 2 },
    });
    assertEquals([outcome.killed, outcome.status], [true, 137]);
    assertEquals((await Deno.stat(join(checkpoints, "2.partial"))).isFile, true);
  }));

Deno.test("isWhole() knows a stage that came to its end though it was killed", () =>
  inFolder(async (folder) => {
    const checkpoint = join(folder, "checkpoints/train-0.safetensors.partial");
    await Deno.mkdir(join(folder, "checkpoints"));
    const outputs = ["curves/loss.tsv", "model"];
    const whole = () => isWhole(folder, "train", outputs);
    assertEquals(await whole(), false, "not begun");
    await Deno.mkdir(join(folder, "results/train/curves"), { recursive: true });
    await Deno.writeTextFile(join(folder, "results/train/model"), "");
    assertEquals(await whole(), false, "one is missing");
    await Deno.writeTextFile(join(folder, "results/train/curves/loss.tsv"), "");
    await Deno.writeTextFile(join(folder, "checkpoints/pretrain-0.safetensors"), "");
    assertEquals(await whole(), true);
    await Deno.writeTextFile(checkpoint, "");
    assertEquals(await whole(), false, "the next start goes on");
  }));

Deno.test("damageLast() flips one bit of the last checkpoint", () =>
  inFolder(async (folder) => {
    const checkpoints = join(folder, "checkpoints");
    await Deno.mkdir(checkpoints);
    assertEquals(await damageLast(folder, new Rng(1)), undefined);
    const name = (step: number) => `train-${"0".repeat(16)}-${step}.safetensors`;
    for (const step of [9, 10]) {
      await Deno.writeFile(join(checkpoints, name(step)), new Uint8Array(8));
    }
    assertEquals(await damageLast(folder, new Rng(1)), name(10));
    const ones = async (step: number) =>
      [...await Deno.readFile(join(checkpoints, name(step)))]
        .map((byte) => byte.toString(2).replaceAll("0", "").length)
        .reduce((sum, count) => sum + count, 0);
    assertEquals([await ones(9), await ones(10)], [0, 1]);
  }));

Deno.test("Tally tells kills by stage and way, where runs went on, and what was not equal", () => {
  const tally = new Tally();
  tally.addKill("pretrain", "TERM");
  tally.addKill("train", "KILL");
  tally.addKill("train", "KILL");
  tally.addStart("train", "train: goes on from step 4\n");
  tally.addStart("train", "train: goes on from step 4\n");
  tally.addStart(
    "train",
    "train: Cannot read checkpoints/a: cut. Going on from step 3.\ntrain: goes on from step 3\n",
  );
  tally.addStart("pretrain", "");
  tally.endedAllTheSame++;
  const equal = tally.describe(["pretrain", "train"]);
  assertStringIncludes(equal, "Kills: 3, of which 0 while");
  assertStringIncludes(equal, "came to their end all the same: 1.\n");
  assertStringIncludes(equal, "  pretrain  INT 0  TERM 1  HUP 0  KILL 0  PARENT 0\n");
  assertStringIncludes(equal, "  train     INT 0  TERM 0  HUP 0  KILL 2  PARENT 0\n");
  assertStringIncludes(equal, "  pretrain  never\n  train     3, 4 (2 times)\n");
  assertStringIncludes(equal, "without a usable checkpoint: 1.\n");
  assertStringIncludes(equal, "refusals: 1.\n");
  assertStringIncludes(equal, "\nEqual: every output");
  tally.addProblem("run 1: results/train/metrics.json differs");
  assertStringIncludes(
    tally.describe(["train"]),
    "NOT EQUAL:\n  run 1: results/train/metrics.json differs",
  );
});

Deno.test("deno task soak explains itself and refuses wrong numbers", async () => {
  const [program, ...flags] = denoConfig.tasks.soak.command.split(" ");
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...flags, ...args],
      cwd: ROOT,
    }).output();
    return [code, new TextDecoder().decode(code === 0 ? stdout : stderr).split("\n")[0]];
  };
  assertEquals(await run("--help"), [0, "deno task soak [--kills 100] [--seed 1]"]);
  assertEquals(await run("--kills", "0"), [2, "--kills must be a whole number from 1, got 0."]);
  assertEquals(await run("--seed=x"), [2, "--seed must be a whole number from 0, got x."]);
  assertEquals(await run("--kill=3"), [2, "Unknown argument --kill=3."]);
});
