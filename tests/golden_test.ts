/**
 * Every golden vector, file, case and expected key, against the kernels through the public operations, with direct
 * convolutions, with the fast ones that training uses, and with those that a GPU gets. GOLDEN_DIR names another folder of
 * the same format.
 */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { testGpu } from "./_adapter.ts";
import { openGolden } from "./golden_checks/_golden.ts";
import {
  CHECKS,
  type Deviation,
  deviationsOf,
  failuresOf,
  MODES,
  verdictOn,
} from "./golden_checks/checks.ts";

const folder = Deno.env.get("GOLDEN_DIR") ?? fromFileUrl(new URL("golden", import.meta.url));

const COLUMNS = [27, 34, 62, 6, 11, 9];
const line = (...cells: string[]) =>
  console.log(cells.map((cell, i) => cell.padEnd(COLUMNS[i])).join(" "));

function print(result: Deviation): void {
  const { file, key, mode, deviation, allowed } = result;
  const numbers = [deviation.toExponential(2), allowed.toExponential(1)];
  line(file, result.case, key, mode, ...numbers, verdictOn(result));
}

Deno.test("golden vectors: every file, case and expected key", async (t) => {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".safetensors")).map((name) =>
      name.replace(/\.safetensors$/, "")
    ).sort();
  assert(
    names.length > 0,
    `No golden vectors in ${folder}: GOLDEN_DIR must name a folder of .safetensors files.`,
  );
  line("file", "case", "key", "mode", "deviation", "allowed");
  for (const name of names) {
    await t.step(name, async () => {
      assert(
        CHECKS[name],
        `No check computes ${name}; known are ${Object.keys(CHECKS).join(", ")}.`,
      );
      const { cases, keys } = await openGolden(folder, name, Deno.readFile);
      const failures: string[] = [];
      for (const mode of CHECKS[name].fastFactor ? MODES : ["exact"] as const) {
        const count = mode === "gpu" ? CHECKS[name].gpuCases : undefined;
        for (const golden of cases.slice(0, count)) {
          const results = await deviationsOf(await testGpu(), name, golden, mode);
          results.forEach(print);
          failures.push(...failuresOf(results));
        }
      }
      assertEquals(failures, []);
      const belonging = keys.filter((key) =>
        cases.some((golden) => key.startsWith(`${golden.name}/`))
      );
      assert(belonging.length > 0, `${name} holds no case that its metadata names.`);
    });
  }
});

Deno.test("failuresOf() names results that are too far and keys that no check computes", () => {
  const result = (key: string, deviation: number): Deviation => ({
    file: "warp",
    case: "small",
    key,
    mode: "fast",
    deviation,
    allowed: 1e-5,
  });
  assertEquals(failuresOf([result("out", 1e-5), result("dx", 2e-5), result("dflow", NaN)]), [
    "warp small dx (fast): TOO FAR 0.00002 > 0.00001",
    "warp small dflow (fast): NOT CHECKED NaN > 0.00001",
  ]);
});
