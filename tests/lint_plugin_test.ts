/** The lint rule against clock and unseeded randomness catches what it should, and only that. */
import { assertEquals } from "@std/assert";
import plugin from "../tools/lint_plugin.ts";

function complaints(code: string, file = "pipeline/example.ts"): number {
  return Deno.lint.runPlugin(plugin, file, code).length;
}

async function complainOnce(t: Deno.TestContext, codes: readonly string[], file?: string) {
  for (const code of codes) await t.step(code, () => assertEquals(complaints(code, file), 1));
}

const CLOCK_AND_CHANCE = [
  "Math.random()",
  'Math["random"]()',
  "Math[`random`]()",
  "const draw = Math.random",
  "Date.now()",
  "Date?.now()",
  "new Date()",
  "new Date(...parts)",
  "Date()",
  "performance.timeOrigin",
  "performance.toJSON()",
  'performance.mark("a").startTime',
  "crypto.randomUUID()",
  "crypto.getRandomValues(new Uint8Array(4))",
  "crypto.subtle.generateKey({}, true, [])",
  "Temporal.Now.instant()",
  "process.hrtime()",
  "process.hrtime.bigint()",
  "process.uptime()",
  "new Intl.DateTimeFormat().format()",
  'new Event("a").timeStamp',
  'new File([], "a").lastModified',
  'const { lastModified } = new File([], "a")',
  // Under another name.
  "const Clock = Date",
  "const { random } = Math",
  "const { timeOrigin: start } = performance",
  "Math[name]()",
  "globalThis.Date.now()",
  'globalThis["performance"]["timeOrigin"]',
  "globalThis.self.crypto.randomUUID()",
  "globalThis[name].now()",
  "const all = globalThis",
  "(Date as unknown as Clock).now()",
  "performance!.timeOrigin",
  "measure(performance)",
  "const sources = { Math }",
  "Reflect.construct(Date, [])",
  'import { randomUUID } from "node:crypto"',
  'import { createHash, randomBytes as draw } from "node:crypto"',
  'import * as everything from "node:crypto"',
  'import process from "node:process"',
  'import { performance as p } from "node:perf_hooks"',
  'import { hostname } from "node:os"',
  'import os from "os"',
  'const os = await import("node:os")',
];

const MACHINE = [
  "Deno.pid",
  "Deno.hostname()",
  "Deno.makeTempDirSync()",
  "const { pid } = Deno",
  "Deno.env.get('TZ')",
  "Deno.env.has('DENO_WEBGPU_BACKEND')",
  "Deno.osUptime()",
  "process.pid",
  "navigator.hardwareConcurrency",
  "Deno.statSync('a').mtime",
  "const { birthtime } = await Deno.stat('a')",
];

Deno.test("the rule forbids clock and unseeded randomness", async (t) => {
  await complainOnce(t, CLOCK_AND_CHANCE);
  await complainOnce(t, CLOCK_AND_CHANCE.slice(0, 30), "commands/example.ts");
});

Deno.test("the rule forbids what makes outputs the process and the machine, and nobody else", async (t) => {
  await complainOnce(t, MACHINE, "stages/train/train.ts");
  for (const code of MACHINE) {
    await t.step(code, () => assertEquals(complaints(code, "tests/stages/train_test.ts"), 0));
  }
});

Deno.test("the rule leaves everything else alone", async (t) => {
  const allowed = [
    "Math.round(2.5)",
    'Math["max"](1, 2)',
    "new Date(0)",
    "new Date(1980, 0, 1)",
    "Date.UTC(1980, 0)",
    "value instanceof Date",
    "typeof performance",
    "const when: Date = new Date(0)",
    "let clock: typeof Date.now",
    "performance.now()",
    "globalThis.performance.now()",
    'crypto.subtle.digest("SHA-256", bytes)',
    "rng.random()",
    "rng.now",
    "const row = { Date: 1, random: 2 }",
    "sample.process.hrtime()",
    "const double = (process: number) => process * 2",
    "new Intl.NumberFormat('en')",
    "navigator.gpu.requestAdapter()",
    "Deno.readTextFile('a')",
    "Deno.env.get('DENO_WEBGPU_BACKEND')",
    "Deno.env.get('DVC_STAGE')",
    'import { createHash } from "node:crypto"',
    'import type { Hash } from "node:crypto"',
    'import { statfs } from "node:fs/promises"',
    'import { performance_table } from "./performance.ts"',
  ];
  for (const code of allowed) await t.step(code, () => assertEquals(complaints(code), 0));
});

Deno.test("the rule lets a test stand in for the clock, and nobody else", () => {
  const code = 'stub(performance, "now", () => 0)';
  assertEquals(complaints(code, "tests/stages/stage_test.ts"), 0);
  assertEquals(complaints(code), 1);
});

Deno.test("the rule lets one file ask whether the parent of a stage is gone", () => {
  assertEquals(complaints("Deno.ppid", "stages/common/ending.ts"), 0);
  assertEquals(complaints("Deno.pid", "stages/common/ending.ts"), 1);
  assertEquals(complaints("const { ppid } = Deno", "stages/common/ending.ts"), 1);
  assertEquals(complaints("Deno.ppid", "stages/common/stage.ts"), 1);
});

Deno.test("the rule does not hold in bench/", () => {
  assertEquals(complaints("Math.random()", "/somewhere/bench/convolution_bench.ts"), 0);
  assertEquals(complaints("Math.random()", "/somewhere/tests/bench_test.ts"), 1);
});
