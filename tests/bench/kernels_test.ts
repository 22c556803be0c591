/** `deno task bench` as a command: every kernel of a step with its rates and shares. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { byKernel, timeDispatches } from "../../bench/_profile.ts";
import denoConfig from "../../deno.json" with { type: "json" };
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { inFolder, ROOT } from "../stages/_run.ts";
import { TINY, tinySteps } from "./_step.ts";
import { recordTrainingStep } from "../../bench/_recording.ts";

async function bench(...args: string[]) {
  const [program, ...options] = denoConfig.tasks.bench.command.split(" ");
  const command = new Deno.Command(program, { args: [...options, ...args], cwd: ROOT });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("bench prints what kernels reach, and shares of what the device does at best", () =>
  inFolder(async (folder) => {
    const json = join(folder, "kernels.json");
    const { code, stdout, stderr } = await bench("--batch=1", "--rounds=1", `--json=${json}`);
    assertEquals([code, stderr], [0, ""]);
    const { ceilings, rows } = JSON.parse(await Deno.readTextFile(json));
    assert(ceilings.gigaflops > 0.5 && ceilings.gigabytesPerSecond > 0.1);
    const [{ kernel, milliseconds, gigabytes }] = rows;
    assertStringIncludes(stdout, kernel);
    const rate = 1e3 * gigabytes / milliseconds;
    const share = `${(100 * rate / ceilings.gigabytesPerSecond).toFixed(0)} %`;
    const line = stdout.split("\n").find((text) => text.endsWith(`  ${kernel}`))!;
    assertStringIncludes(line, `${rate.toFixed(1).padStart(8)} ${share.padStart(7)}`);
    assertMatch(stdout, /^ +[\d.]+ +\d+ +all$/m);
  }));

Deno.test("bench refuses what is no size", async () => {
  const { code, stderr } = await bench("--crop=63");
  assertEquals(code, 2);
  assertMatch(stderr, /^--crop must be .* got "63"\./);
});

Deno.test("bench measures nothing where it could not write what it finds", async () => {
  const { code, stdout, stderr } = await bench("--json=no/such/folder.json");
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^Cannot write no\/such\/folder\.json: /);
});

Deno.test("timeDispatches() times every dispatch, byKernel() adds them up", async () => {
  const gpu = await openGpu(undefined, { timestamps: true });
  const { dispatches, flat, finish } = recordTrainingStep(gpu, TINY);
  const times = await timeDispatches(gpu, await finish(), 1);
  assertEquals(times.length, dispatches.length);
  assert(times.every((time) => time >= 0) && times.filter((time) => time > 0).length > 100);
  const rows = byKernel(dispatches, flat, dispatches.map(() => 2));
  assertEquals(rows.reduce((sum, row) => sum + row.dispatches, 0), dispatches.length);
  const adam = rows.find(({ kernel }) => kernel === "adam.update")!;
  assertEquals([adam.dispatches, adam.milliseconds, adam.gigaflop], [1, 2, undefined]);
  gpu.destroy();
});

Deno.test("timeDispatches() says that a device has no timestamps", async () => {
  const [{ gpu, step }] = await tinySteps();
  const error = await timeDispatches(gpu, await step.finish(), 1).catch((error) => error.message);
  assertStringIncludes(error, "it has no timestamps. deno task bench:step --whole");
});
