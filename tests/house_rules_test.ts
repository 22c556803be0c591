/** Rules of CONTRIBUTING.md about files that no linter knows: names, heads, lengths, words, sizes. */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { basename } from "@std/path";
import denoConfig from "../deno.json" with { type: "json" };

/** Tracked files and new ones that git does not ignore; all that a clone would have. */
function repositoryFiles(): string[] {
  const { success, stdout } = new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard", "-z"],
  }).outputSync();
  assert(success, "git ls-files failed: run the tests in a clone");
  const paths = new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
  return paths.filter((path) => fileSize(path) !== undefined);
}

/** Undefined for a file that was deleted but is still in the index. */
function fileSize(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}

const files = repositoryFiles();
const code = files.filter((path) => /\.(ts|wgsl)$/.test(path));
const texts = files.filter((path) =>
  /\.(ts|wgsl|sh|json|yaml|md|txt)$|(^|\/)run$/.test(path) && path !== "deno.lock" &&
  !path.startsWith("results/")
);
const read = (path: string) => Deno.readTextFileSync(path);

Deno.test("the tracked tree stays below 28 MB", () => {
  const bytes = files.reduce((sum, path) => sum + fileSize(path)!, 0);
  assertLess(bytes, 28e6);
});

Deno.test("code files have full names in snake_case", () => {
  const odd = code.filter((path) => !/^_?[a-z][a-z0-9_]*\.(ts|wgsl)$/.test(basename(path)));
  assertEquals(odd, []);
});

Deno.test("every code file begins with what it is", () => {
  // A test says it by its name.
  const silent = code.filter((path) =>
    !path.startsWith("tests/") && !/^(\/\*\*|\/\/) ?\S?/.test(read(path))
  );
  assertEquals(silent, []);
});

Deno.test("no code file is longer than 350 lines", () => {
  const long = code.filter((path) => read(path).split("\n").length - 1 > 350);
  assertEquals(long, []);
});

Deno.test("only tests in a process of their own change the working folder", () => {
  const [call, own] = [/Deno\.chdir\(/, /_alone\.ts$/];
  const tests = code.filter((path) => path.startsWith("tests/"));
  const changing = tests.filter((path) => call.test(read(path)));
  assertEquals(changing, ["tests/stages/_working_folder.ts"]);
  const using = tests.filter((path) => /\binWorkingFolder\b/.test(read(path)) && !own.test(path));
  assertEquals(using, changing);
});

Deno.test("the library has no barrel files", () => {
  const barrels = code.filter((path) =>
    path.startsWith("pipeline/") && /^export (type )?(\*|\{[^}]*\}) from/m.test(read(path))
  );
  assertEquals(barrels, []);
});

Deno.test("words that never appear", async (t) => {
  // In pieces, so that this file passes its own test.
  const words: Record<string, RegExp> = {
    "unfinished work": new RegExp(
      `\\b(${["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"].join("|")})\\b`,
    ),
    "silenced compiler": new RegExp(`@ts-${"ignore"}|@ts-${"nocheck"}|deno-lint-ignore-${"file"}`),
    "skipped tests": new RegExp(`\\b(ignore|only): ${"true"}|\\.(ignore|only|skip)\\(\\s*"`),
    "every permission": new RegExp(`--allow-${"all"}\\b|deno (run|test|bench) -${"A"}\\b`),
    "paths of one machine": new RegExp(
      `(^|[\\s"'\`(=])/(${["wo" + "rk", "ro" + "ot", "ho" + "me"].join("|")})/`,
      "m",
    ),
    "addresses of registries": new RegExp(
      ["registry\\.npm" + "js", "pypi\\." + "org", "deb\\.deb" + "ian"].join("|"),
    ),
  };
  for (const [meaning, pattern] of Object.entries(words)) {
    await t.step(meaning, () => {
      const found = texts.flatMap((path) => {
        const match = read(path).match(pattern);
        return match ? [`${path}: ${match[0].trim()}`] : [];
      });
      assertEquals(found, []);
    });
  }
});

Deno.test("kernels say what they are, and stay within what every adapter offers", async (t) => {
  const table = read("kernels/README.md");
  for (const path of code.filter((path) => path.endsWith(".wgsl"))) {
    await t.step(basename(path), () => {
      const source = read(path);
      assert(source.startsWith("// "), `${path} does not begin with what it is`);
      // Entry points of a file share numbers; each has its params at 0 and its storages from 1 on.
      const bindings = [...source.matchAll(/@binding\((\d+)\)/g)].map(([, number]) =>
        Number(number)
      );
      assert(
        Math.max(...bindings) <= 8,
        `${path} binds ${Math.max(...bindings)}, 8 storages are sure`,
      );
      assert(
        !path.startsWith("kernels/") || table.includes(basename(path)),
        `kernels/README.md does not mention ${basename(path)}`,
      );
      assert(!/\batomic<f32>/.test(source));
    });
  }
});

Deno.test("every task has a description, and none asks for every permission", () => {
  const tasks = Object.entries(denoConfig.tasks);
  assertGreater(tasks.length, 5);
  for (const [name, task] of tasks) {
    assert(task.description.length > 10, `the task ${name} needs a description`);
  }
});

Deno.test("@std is mapped in one folder, with a note on how to leave it", () => {
  const doors = Object.entries(denoConfig.imports).filter(([name]) => name.startsWith("@std/"));
  for (const [name, path] of doors) {
    assert(path.startsWith("./pipeline/common/std/"), `${name} must point into std/`);
    assert(read(path).includes("When JSR is reachable"), `${path} must say what to change`);
  }
  const outside = code.filter((path) =>
    !path.startsWith("pipeline/common/std/") && read(path).includes('"deno-' + "std/")
  );
  assertEquals(outside, []);
});

Deno.test("dvc.yaml is the first page that a user of DVC reads: short, as are the locks", () => {
  const most = {
    "dvc.yaml": 170,
    "sweep/dvc.yaml": 150,
    "models/dvc.yaml": 120,
    "dvc.lock": 700,
    "sweep/dvc.lock": 2500,
  };
  for (const [path, lines] of Object.entries(most)) {
    assertLess(read(path).split("\n").length - 1, lines + 1, path);
  }
});

Deno.test("the graph of the experiment fits a terminal of 100 columns", () => {
  const { success, stdout } = new Deno.Command("dvc", { args: ["dag", "dvc.yaml"] }).outputSync();
  assert(success, "dvc dag dvc.yaml failed");
  const widest = new TextDecoder().decode(stdout).split("\n").map((line) => line.trimEnd().length);
  assertLess(Math.max(...widest), 101);
});
