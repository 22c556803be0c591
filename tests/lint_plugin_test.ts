/** The lint rule against clock and unseeded randomness catches what it should, and only that. */
import { assertEquals } from "@std/assert";
import plugin from "../tools/lint_plugin.ts";

function complaints(code: string, file = "pipeline/example.ts"): number {
  return Deno.lint.runPlugin(plugin, file, code).length;
}

Deno.test("the rule forbids clock and unseeded randomness", async (t) => {
  const forbidden = [
    "Math.random()",
    'Math["random"]()',
    "const draw = Math.random",
    "Date.now()",
    "new Date()",
    "crypto.randomUUID()",
    "crypto.getRandomValues(new Uint8Array(4))",
  ];
  for (const code of forbidden) await t.step(code, () => assertEquals(complaints(code), 1));
});

Deno.test("the rule leaves everything else alone", async (t) => {
  const allowed = [
    "Math.round(2.5)",
    "new Date(0)",
    "performance.now()",
    "crypto.subtle",
    "rng.random()",
  ];
  for (const code of allowed) await t.step(code, () => assertEquals(complaints(code), 0));
});

Deno.test("the rule does not hold in bench/", () => {
  assertEquals(complaints("Math.random()", "/somewhere/bench/convolution_bench.ts"), 0);
  assertEquals(complaints("Math.random()", "/somewhere/tests/bench_test.ts"), 1);
});
