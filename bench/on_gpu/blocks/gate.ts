/** The gate: every test of an operation with all its variants, and the golden vectors, twice. What fails here is not worth a time. */
import type { BlockContext } from "../context.ts";
import { lastLines, runProgram } from "../programs.ts";

const FOLDERS = ["tests/compute", "tests/smoothness"];
const GOLDEN = "tests/golden_test.ts";
/** Small ones with kernels of a GPU, to try the gate. */
const TINY = ["tests/compute/ops/swap_halves_test.ts", "tests/compute/ops/weighted_sum_test.ts"];
const RUNS = 2;
/** Files that a note names. */
const NAMED = 8;
const MOST_AT_ONCE = 8;

function testsBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return testsBelow(path);
    return name.endsWith("_test.ts") ? [path] : [];
  }).sort();
}

/** Names of the tests that failed, by the report of a run in TAP. */
export function failedTests(tap: string): string[] {
  return [...tap.matchAll(/^\s*not ok \d+ - (.*)$/gm)].map(([, name]) => name);
}

/** @throws {Error} naming the files with a test that fails */
export async function measureGate(context: BlockContext): Promise<void> {
  const files = context.tiny ? TINY : [...FOLDERS.flatMap(testsBelow), GOLDEN];
  const started = performance.now();
  const waiting = [...files], leftOut: string[] = [], failing = new Set<string>();
  let passed = 0;
  const testTwice = async (file: string) => {
    for (let run = 1; run <= RUNS; run++) {
      const failed = context.secondsLeft > 0
        ? await failuresOf(file, context.secondsLeft)
        : "no time";
      if (failed === "no time") {
        leftOut.push(file);
        return;
      }
      if (failed.length === 0) continue;
      failing.add(file);
      context.row("failures", { file, run, tests: failed.join("; ") });
    }
    if (!failing.has(file)) passed++;
  };
  const work = async () => {
    while (waiting.length > 0) await testTwice(waiting.shift()!);
  };
  const workers = Math.max(1, Math.min(MOST_AT_ONCE, navigator.hardwareConcurrency >> 1));
  await Promise.all(Array.from({ length: workers }, work));
  context.row("test files, each run twice", {
    passed,
    failed: failing.size,
    "left out": leftOut.length,
    seconds: (performance.now() - started) / 1000,
  });
  if (leftOut.length > 0) {
    const named = leftOut.slice(0, NAMED).join(", ");
    const more = leftOut.length > NAMED ? ` and ${leftOut.length - NAMED} more` : "";
    context.note(`There was no time, or not for the second run, for ${named}${more}.`);
  }
  if (failing.size > 0) {
    throw new Error(`Kernels compute wrongly on this device: see ${[...failing].join(", ")}.`);
  }
}

async function failuresOf(file: string, seconds: number): Promise<string[] | "no time"> {
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-run"];
  const result = await runProgram(
    "deno",
    ["test", "--quiet", "--no-check", "--reporter=tap", ...permissions, file],
    { end: { seconds, signal: "SIGTERM" } },
  );
  if (!result) throw new Error("Cannot run tests: there is no deno on the PATH.");
  if (result.code === 0) return [];
  if (result.outOfTime) return "no time";
  const failed = failedTests(result.output);
  return failed.length > 0 ? failed : [lastLines(result.output)];
}
